default_app_config = "storefront.oscar_apps.checkout.apps.CheckoutConfig"
