default_app_config = "storefront.oscar_apps.catalogue.apps.CatalogueConfig"
