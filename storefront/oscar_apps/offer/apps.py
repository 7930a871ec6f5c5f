from oscar.apps.offer import apps


class OfferConfig(apps.OfferConfig):
    name = "storefront.oscar_apps.offer"
