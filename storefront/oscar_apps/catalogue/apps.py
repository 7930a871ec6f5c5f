from oscar.apps.catalogue import apps


class CatalogueConfig(apps.CatalogueConfig):
    name = "storefront.oscar_apps.catalogue"
