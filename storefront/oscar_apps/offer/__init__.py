default_app_config = "storefront.oscar_apps.offer.apps.OfferConfig"
