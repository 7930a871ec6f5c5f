default_app_config = "storefront.oscar_apps.customer.apps.CustomerConfig"
