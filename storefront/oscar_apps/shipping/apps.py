from oscar.apps.shipping import apps


class ShippingConfig(apps.ShippingConfig):
    name = "storefront.oscar_apps.shipping"
