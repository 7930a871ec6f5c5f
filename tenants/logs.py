"""Every log line says which shop it speaks of."""

import logging


class ShopFilter(logging.Filter):
    """Put the schema in force into the record, as `shop`."""

    def filter(self, record: logging.LogRecord) -> bool:
        from django.db import connection

        record.shop = getattr(connection, "schema_name", "-")
        return True
