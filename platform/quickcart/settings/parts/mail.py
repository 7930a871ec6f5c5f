"""Mail: the outbox, and how often it tries."""

from quickcart.settings.parts.network import QUICKCART_DOMAIN
from quickcart.settings.parts.place import env

DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default=f"post@{QUICKCART_DOMAIN}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 10
#: Django's own mail goes into the outbox; the relay hands it to MAIL_TRANSPORT.
EMAIL_BACKEND = "notifications.backends.OutboxEmailBackend"
#: Seconds after which a message in delivery is anybody's again: its worker died.
#: Above the longest conversation with a mail server, some ten steps of EMAIL_TIMEOUT.
OUTBOX_LEASE = env.int("OUTBOX_LEASE", default=120)
#: Seconds a message that failed waits at most the first time; then twice as long.
OUTBOX_FIRST_DELAY = env.float("OUTBOX_FIRST_DELAY", default=30)
