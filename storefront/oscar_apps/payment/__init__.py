default_app_config = "storefront.oscar_apps.payment.apps.PaymentConfig"
