"""The benchmarks' settings with a mail server that is named in EMAIL_URL."""

from benchmarks.settings import *  # noqa: F403
from benchmarks.settings import env

server = env.email_url("EMAIL_URL")
MAIL_TRANSPORT = server.pop("EMAIL_BACKEND")
globals().update(server)
