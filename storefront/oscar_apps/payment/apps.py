from oscar.apps.payment import apps


class PaymentConfig(apps.PaymentConfig):
    name = "storefront.oscar_apps.payment"
