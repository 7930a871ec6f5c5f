"""Which applications live where.

`SHARED_APPS` have their tables in the public schema (the hub), `TENANT_APPS` in
each shop's schema. The split is final at the first migration: public records
every migration as applied, so an app moved later would get no tables.

Nothing a shop needs is reached through public: a shop's search path does not
contain it (`tenants.postgresql`), so what both need is in both lists.
"""

SHARED_APPS = [
    "daphne",
    "quickcart",
    # Before django_tenants, whose `migrate` ours stands in front of.
    "tenants",
    "tenants.editions",
    "django_tenants",
    "hub",
    "accounts",
    "notifications",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "csp",
    "django_htmx",
    "ui",
]

OSCAR_APPS = [
    "django.contrib.flatpages",
    "oscar.config.Shop",
    "oscar.apps.analytics.apps.AnalyticsConfig",
    "storefront.oscar_apps.checkout.apps.CheckoutConfig",
    "storefront.oscar_apps.address.apps.AddressConfig",
    "storefront.oscar_apps.shipping.apps.ShippingConfig",
    "storefront.oscar_apps.catalogue.apps.CatalogueConfig",
    "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig",
    "storefront.oscar_apps.communication.apps.CommunicationConfig",
    "storefront.oscar_apps.partner.apps.PartnerConfig",
    "storefront.oscar_apps.basket.apps.BasketConfig",
    "storefront.oscar_apps.payment.apps.PaymentConfig",
    "storefront.oscar_apps.offer.apps.OfferConfig",
    "storefront.oscar_apps.order.apps.OrderConfig",
    "storefront.oscar_apps.customer.apps.CustomerConfig",
    "oscar.apps.search.apps.SearchConfig",
    "storefront.oscar_apps.voucher.apps.VoucherConfig",
    "oscar.apps.wishlists.apps.WishlistsConfig",
    "oscar.apps.dashboard.apps.DashboardConfig",
    "oscar.apps.dashboard.reports.apps.ReportsDashboardConfig",
    "oscar.apps.dashboard.users.apps.UsersDashboardConfig",
    "oscar.apps.dashboard.orders.apps.OrdersDashboardConfig",
    "oscar.apps.dashboard.catalogue.apps.CatalogueDashboardConfig",
    "oscar.apps.dashboard.offers.apps.OffersDashboardConfig",
    "oscar.apps.dashboard.partners.apps.PartnersDashboardConfig",
    "oscar.apps.dashboard.pages.apps.PagesDashboardConfig",
    "oscar.apps.dashboard.ranges.apps.RangesDashboardConfig",
    "oscar.apps.dashboard.reviews.apps.ReviewsDashboardConfig",
    "oscar.apps.dashboard.vouchers.apps.VouchersDashboardConfig",
    "oscar.apps.dashboard.communications.apps.CommunicationsDashboardConfig",
    "oscar.apps.dashboard.shipping.apps.ShippingDashboardConfig",
    "widget_tweaks",
    "haystack",
    "treebeard",
    "django_tables2",
    "phonenumber_field",
]

WAGTAIL_APPS = [
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
]

TENANT_APPS = [
    # Ours first, so that our templates stand before Wagtail's and Oscar's.
    "storefront",
    "storefront.media",
    "storefront.profile",
    "storefront.cards",
    "storefront.products",
    "storefront.browse",
    "storefront.tracking",
    "storefront.cart",
    "storefront.checkout",
    "storefront.commerce",
    "storefront.mails",
    "storefront.pages",
    "storefront.workspace",
    "pickup",
    "tenants.editions",
    "accounts",
    "notifications",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    *WAGTAIL_APPS,
    *OSCAR_APPS,
]

INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]
