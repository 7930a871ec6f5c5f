"""Where words stand: every text a shop and the hub keep, and which of them are not tried.

Whoever says "every text" shows the list: what was not reached must be declared here,
with the reason; what is declared and was reached after all is struck out.
"""

from collections.abc import Iterable, Iterator, Mapping

from attack import stage
from support.verdicts import Verdict, at_least

OSCARS = "Oscar's: its doors are not open, and no page or program of ours writes there"
OSCARS_TABLES = (
    "address_country",
    "address_useraddress",
    "analytics_usersearch",
    "catalogue_attributeoption",
    "catalogue_attributeoptiongroup",
    "catalogue_option",
    "catalogue_productattribute",
    "catalogue_productattributevalue",
    "communication_communicationeventtype",
    "communication_email",
    "communication_notification",
    "customer_productalert",
    "django_flatpage",
    "offer_conditionaloffer",
    "offer_range",
    "offer_rangeproductfileupload",
    "order_billingaddress",
    "order_lineattribute",
    "order_orderdiscount",
    "order_paymentevent",
    "order_paymenteventtype",
    "order_shippingaddress",
    "order_shippingevent",
    "order_shippingeventtype",
    "order_surcharge",
    "partner_partneraddress",
    "payment_bankcard",
    "payment_transaction",
    "reviews_productreview",
    "shipping_orderanditemcharges",
    "shipping_weightbased",
    "voucher_voucher",
    "voucher_voucherset",
    "wishlists_line",
    "wishlists_wishlist",
    "wishlists_wishlistsharedemail",
)
#: Why nothing stands there, by table or column: of words, and then of JSON.
UNPLANTED = dict.fromkeys(OSCARS_TABLES, OSCARS) | {
    "basket_line.tax_code": "absent: taxes are kept as rates",
    "order_order.shipping_tax_code": "absent: nothing is shipped",
    "wagtailcore_taskstate": "no page goes through a workflow",
    "wagtailembeds_embed": "no block of ours embeds another site",
    "wagtailimages_image": "pictures stand in media_shopimage",
    "wagtailsearch_indexentry.body_text": "of other databases; ours searches a vector",
}
UNMARKED = UNPLANTED | {
    "basket_lineattribute": OSCARS,
    "mfa_authenticator": "a second factor is not asked for yet: nobody can make one",
    "wagtailforms_formsubmission": "there are no pages with forms of their own",
}


def verdicts(
    name: str, *, reached: set[str], every: set[str], declared: Mapping[str, str]
) -> Iterator[Verdict]:
    """Judge that all was reached but for what is declared: columns or whole tables."""
    left = {each for each in every - reached if not _is_in(each, declared)}
    stale = {each for each in declared if not _covered(each, every - reached)}
    yield at_least(f"{name}: columns reached", len(reached & every), "columns", 90)
    yield stage.none(f"{name}: columns neither reached nor declared", sorted(left))
    yield stage.none(f"{name}: columns declared without need", sorted(stale))


def _is_in(column: str, declared: Iterable[str]) -> bool:
    return column in declared or column.partition(".")[0] in declared


def _covered(each: str, columns: set[str]) -> bool:
    return any(_is_in(column, {each}) for column in columns)
