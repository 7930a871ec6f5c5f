default_app_config = "storefront.oscar_apps.basket.apps.BasketConfig"
