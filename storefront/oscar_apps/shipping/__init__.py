default_app_config = "storefront.oscar_apps.shipping.apps.ShippingConfig"
