"""One press of a button is one order, however often it arrives."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kernel.prepared import Parameter, Prepared
from kernel.refusal import Refusal
from storefront.commerce.models import CheckoutAttempt
from storefront.oscar_apps.order.models import Order


class KeyReused(Refusal):
    """A key came back with another request than its first."""

    code = "key_reused"
    sentence = _("This form was sent before, with other details. Nothing was changed.")
    status = 422


# A second one waits here until the first has committed or given up.
BEGIN = """
INSERT INTO commerce_checkoutattempt (key, request_digest, created_at)
VALUES (%s, %s, %s) ON CONFLICT (key) DO NOTHING
RETURNING nextval('commerce_order_number')
"""

ANSWER = Prepared[CheckoutAttempt](
    lambda: CheckoutAttempt.objects.filter(
        key=Parameter("key"), order__isnull=False
    ).select_related("order")
)


def digest_of(request: Mapping[str, object]) -> str:
    """Return a digest of everything the customer asked for."""
    text = json.dumps(request, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def begin(*, key: UUID, digest: str, now: datetime) -> int | None:
    """Take a key in the order's transaction, and with it the next order's number.

    Returns None if the key was used before. Numbers of refused attempts are lost.
    """
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [key, digest, now])
        row = cursor.fetchone()
    return row[0] if row else None


def answer(*, key: UUID, digest: str) -> Order | None:
    """Return the order a key has made; None if it has made none.

    Raises:
        KeyReused: it was made by another request.
    """
    attempt = ANSWER.first(key=key)
    if attempt is None:
        return None
    if attempt.request_digest != digest:
        raise KeyReused
    return attempt.order
