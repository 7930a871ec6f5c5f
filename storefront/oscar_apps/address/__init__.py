default_app_config = "storefront.oscar_apps.address.apps.AddressConfig"
