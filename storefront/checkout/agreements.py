"""What a page showed its reader, signed and sent back with the form.

So the shop knows what the customer agreed to, and that it was this shop's page
that said it. Its key makes one order of one page, however often it is sent.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core import signing

from storefront.commerce.pricing import Agreed, AgreedLine, Quote
from storefront.oscar_apps.basket.models import Basket

SALT = "storefront.checkout"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A basket as it was shown. `is_trimmed`: with less than the basket holds.

    `begun` tells the basket from one that has its key after a restore.
    """

    key: uuid.UUID
    basket_id: int
    begun: datetime
    agreed: Agreed
    is_trimmed: bool

    def quantities(self) -> dict[int, int]:
        return {line.product_id: line.quantity for line in self.agreed.lines}


def offer(*, basket: Basket, quote: Quote, is_trimmed: bool) -> str:
    """Return the text a page carries for what it shows."""
    agreed = quote.agreed()
    lines = [[x.product_id, x.quantity, str(x.unit_price)] for x in agreed.lines]
    told = {
        "key": str(uuid.uuid4()),
        "basket": basket.pk,
        "begun": basket.date_created.isoformat(),
        "total": str(agreed.total),
        "lines": lines,
        "is_trimmed": is_trimmed,
    }
    return signing.dumps(told, salt=SALT, compress=True)


def read(text: str) -> Agreement | None:
    """Return what a page showed; None for what is not this shop's, or too old."""
    try:
        told = signing.loads(text, salt=SALT)
        begun = datetime.fromisoformat(told["begun"])
    except (signing.BadSignature, KeyError):  # pages of before did not tell
        return None
    lines = tuple(
        AgreedLine(product_id, quantity, Decimal(unit_price))
        for product_id, quantity, unit_price in told["lines"]
    )
    return Agreement(
        key=uuid.UUID(told["key"]),
        basket_id=told["basket"],
        begun=begun,
        agreed=Agreed(Decimal(told["total"]), lines),
        is_trimmed=told["is_trimmed"],
    )
