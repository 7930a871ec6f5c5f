from oscar.apps.communication import apps


class CommunicationConfig(apps.CommunicationConfig):
    name = "storefront.oscar_apps.communication"
