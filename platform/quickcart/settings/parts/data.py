"""PostgreSQL, and what Valkey keeps: cache, kept pages, groups of sockets."""

import socket

from quickcart.settings.parts.place import env

# Database

database = env.db_url("DATABASE_URL", default="postgres:///quickcart")
DATABASES = {
    "default": {
        **database,
        "ENGINE": "tenants.postgresql",
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            # A server that is gone without a word is found out in half a minute.
            "connect_timeout": 5,
            "tcp_user_timeout": 20_000,  # milliseconds
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            **database.get("OPTIONS", {}),
        },
    }
}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]

# Cache

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
#: A connection that waits for long notices in half a minute that Valkey is gone.
WATCHED = {
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "socket_keepalive_options": {
        socket.TCP_KEEPIDLE: 10,
        socket.TCP_KEEPINTVL: 5,
        socket.TCP_KEEPCNT: 3,
        socket.TCP_USER_TIMEOUT: 20_000,  # milliseconds
    },
}

CACHES = {
    "default": {
        "BACKEND": "tenants.valkey.Cache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "TIMEOUT": 600,
        # Attempts are counted by the process while Valkey is away.
        "OPTIONS": {"counted": ["allauth:rl:", "limit:"]},
    }
}

# Pages that are the same for everybody (tenants.editions)

#: Whether parts of pages, and whole ones, are kept for their shop's edition.
QUICKCART_EDITIONS = True
QUICKCART_PAGE_CACHE = env.bool("QUICKCART_PAGE_CACHE", default=True)
QUICKCART_PAGE_CACHE_BYTES = 32 * 1024 * 1024  # in each process
#: How long after a change a process may answer from the edition before it.
QUICKCART_EDITION_SECONDS = 0.5
#: What such pages read of a query; the rest of it makes no other page.
QUICKCART_PAGE_QUERY = ["q", "page", "sort", "in_stock", "diet", "free_of"]

# Channels

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "tenants.channel_layer.Layer",
        # redis-py's default socket timeout equals the layer's blocking read.
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_timeout": None, **WATCHED}]
        },
    }
}
