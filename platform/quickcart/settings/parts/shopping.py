"""Wagtail and Oscar, as a shop of ours wants them."""

# Wagtail

WAGTAIL_SITE_NAME = "QuickCart"
WAGTAILADMIN_BASE_URL = ""  # previews and links use the request's own host
WAGTAILIMAGES_IMAGE_MODEL = "media.ShopImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "storefront.media.forms.ShopImageForm"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 40_000_000
WAGTAILDOCS_EXTENSIONS = ["pdf", "csv", "txt"]
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = False  # each chooses their own, by a letter
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_I18N_ENABLED = False
# The workspace speaks the shop's language and keeps its time (storefront.workspace).
WAGTAILADMIN_PERMITTED_LANGUAGES = [("en", "English")]
WAGTAIL_USER_TIME_ZONES = ["UTC"]
TAGGIT_CASE_INSENSITIVE = True

# Oscar

OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_BASKET_COOKIE_OPEN = "basket"
OSCAR_BASKET_COOKIE_LIFETIME = 7 * 24 * 60 * 60
OSCAR_BASKET_COOKIE_SECURE = False  # production: True
OSCAR_DEFAULT_CURRENCY = "EUR"  # where no shop is in force; stock records have theirs
OSCAR_INITIAL_ORDER_STATUS = "placed"
OSCAR_INITIAL_LINE_STATUS = "placed"
OSCAR_SAVE_SENT_EMAILS_TO_DB = False
OSCAR_THUMBNAILER = "storefront.oscar_apps.catalogue.thumbnails.RenditionThumbnailer"
OSCAR_SEND_REGISTRATION_EMAIL = False
OSCAR_EAGER_ALERTS = False
# Search is PostgreSQL's; nothing is to be indexed whenever a product is saved.
HAYSTACK_SIGNAL_PROCESSOR = "haystack.signals.BaseSignalProcessor"
HAYSTACK_CONNECTIONS = {
    "default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}
}
