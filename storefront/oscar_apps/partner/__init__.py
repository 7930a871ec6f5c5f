default_app_config = "storefront.oscar_apps.partner.apps.PartnerConfig"
