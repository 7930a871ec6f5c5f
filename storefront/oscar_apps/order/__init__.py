default_app_config = "storefront.oscar_apps.order.apps.OrderConfig"
