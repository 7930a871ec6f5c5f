from oscar.apps.customer import apps


class CustomerConfig(apps.CustomerConfig):
    name = "storefront.oscar_apps.customer"
