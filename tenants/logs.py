"""Every log line says which shop it speaks of."""

import logging


class ShopFilter(logging.Filter):
    """Put the schema into the record, as `shop`: the request's, or that in force.

    Django writes down what was not found after the shop has been left.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        from django.db import connection

        asked = getattr(getattr(record, "request", None), "tenant", None)
        record.shop = getattr(asked or connection, "schema_name", "-")
        return True
