"""The entry point of the Oscar shop."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
