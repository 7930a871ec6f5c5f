from oscar.apps.partner import apps


class PartnerConfig(apps.PartnerConfig):
    name = "storefront.oscar_apps.partner"
