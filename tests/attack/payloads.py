"""Payloads: what would run if it were not escaped, written into every text there is.

Words written through the forms that clean them, and, worse than any form allows, into
each text column of a shop and of the hub directly.
"""

import contextlib
import itertools
import json
from collections.abc import Iterator

from allauth.account.models import EmailAddress
from django.db import DatabaseError, connection, models, transaction
from factories import pages
from support import canaries
from support.ground import Filled
from wagtail.blocks import CharBlock, RichTextBlock, TextBlock

from accounts.models import User
from hub.models import CapturedMail, ShopCard
from storefront.pages.blocks import PageBlocks
from storefront.pages.models import StandardPage
from tenants import context
from tenants.models import Shop

MARK = "<i data-owned></i>"
PAYLOADS = (
    f'"><img src=x onerror=owned()>{MARK}',
    f"</script><script>owned()</script>{MARK}",
    f"'><svg onload=owned()>{MARK}",
    f'" autofocus onfocus=owned() x="{MARK}',
    f"</textarea></title></style><script>owned()</script>{MARK}",
    f"--><script>owned()</script>{MARK}",
    f"]]><script>owned()</script>{MARK}",
    "{{constructor.constructor('owned()')()}}{% debug %}",
    "javascript:owned()",
    "'-owned()-'\\'-owned()//",
    "${owned()}`-owned()-`",
    f"<iframe srcdoc='<script>parent.owned()</script>'>{MARK}",
    f"<div hx-get=/ hx-trigger=load hx-on::load=owned()>{MARK}",
    f"\u2028owned()\u2029<a href=javascript:owned()>x</a>{MARK}",
    "<svg onload=owned()>",
)
#: For columns too short for anything that runs: that it stands there tells enough.
SHORT = "<i data-owned>"
#: The hub's own tables with words.
OF_THE_HUB = (Shop, ShopCard, CapturedMail)


def _texts_of(model: type[models.Model]) -> list[models.Field]:
    return canaries.texts_of(model, shortest=len(SHORT))


def _texts_of_shops() -> list[tuple[type[models.Model], models.Field]]:
    return [
        (model, text)
        for model in canaries.models_of_shops()
        if model._meta.db_table not in canaries.SYSTEM_TABLES
        for text in _texts_of(model)
    ]


def _texts_of_hub() -> list[tuple[type[models.Model], models.Field]]:
    return [(model, text) for model in OF_THE_HUB for text in _texts_of(model)]


def every_text() -> set[str]:
    """Return every text there is: of shops, of the hub and of what pages are built of."""
    texts = [*_texts_of_shops(), *_texts_of_hub()]
    names = {canaries.name_of(*each) for each in texts}
    for name, block in PageBlocks().child_blocks.items():
        parts = getattr(block, "child_blocks", {"": block})
        kinds = (CharBlock, TextBlock, RichTextBlock)
        words = [part for part, each in parts.items() if isinstance(each, kinds)]
        names |= {f"block {name}.{part}" for part in words}
    return names


def into_shop(shop: Filled) -> set[str]:
    """Make every text of a shop's schema a payload, as far as it fits."""
    with context.inside(shop.shop):
        planted = {
            canaries.name_of(model, text)
            for turn, (model, text) in enumerate(_texts_of_shops())
            if _overwrite(model, text, turn)
        }
        # Of an account's two addresses: else its page would write the other down.
        person = User.objects.filter(pk=models.OuterRef("user"))
        EmailAddress.objects.update(email=models.Subquery(person.values("email")))
        return planted


def _fitting(words: str, room: int | None) -> str:
    room = room or 10_000
    return next(each for each in (words, PAYLOADS[-1], SHORT) if len(each) <= room)


def _overwrite(model: type[models.Model], column: models.Field, turn: int) -> bool:
    words = PAYLOADS[turn % len(PAYLOADS)]
    if isinstance(column, models.EmailField):
        words = f"'{turn}<svg/onload=owned()>{MARK}'@x.example"
    elif isinstance(column, models.URLField):
        words = "javascript:owned()"
    words = _fitting(words, column.max_length)
    table, name = model._meta.db_table, column.column
    # What is absent means something, and what has to be filled where it is empty.
    given = "IS NOT NULL" if column.blank else "<> ''"
    # Where no two may be the same they stay apart by their key.
    for text in ("%s", "%s || id", "id || %s"):
        statement = f'UPDATE "{table}" SET "{name}" = {text} WHERE "{name}" {given}'
        with (
            contextlib.suppress(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"{statement} RETURNING 1", [words])
            return cursor.fetchone() is not None
    return False  # a constraint wants a form of its own


def into_hub(shop: Filled) -> set[str]:
    """Make the hub's texts payloads; of the shops one shop's."""
    turn, planted = itertools.count(3), set()
    with context.in_public():
        for model, text in _texts_of_hub():
            rows = model.objects.all()
            rows = rows.filter(pk=shop.shop.pk) if model is Shop else rows
            words = _fitting(PAYLOADS[next(turn) % 8], text.max_length)
            if rows.update(**{text.name: words}):
                planted.add(canaries.name_of(model, text))
        everything = "".join(PAYLOADS)
        CapturedMail.objects.update(html=f"<html><head></head>{everything}</html>")
    return planted


def into_page(shop: Filled) -> set[str]:
    """Write a page through the editor's own form, with a block of each kind."""
    owner, keys = shop.browser(shop.owner), shop.keys
    picture = {"picture": keys["image"], "alt": PAYLOADS[3], "caption": PAYLOADS[6]}
    goods = {"category": keys["category"], "limit": 8}
    blocks = [
        pages.a_hero(PAYLOADS[0], text=PAYLOADS[1], link_text=PAYLOADS[-1]),
        ("notice", {"text": PAYLOADS[4], "title": PAYLOADS[2], "tone": "info"}),
        ("text", "<p>PLACE</p>"),
        ("picture", picture),
        (
            "product_shelf",
            {
                "heading": PAYLOADS[2],
                "note": PAYLOADS[1],
                "products": [keys["product"]],
            },
        ),
        ("category_shelf", {"heading": PAYLOADS[0], **goods}),
        ("hours", {"heading": PAYLOADS[5]}),
    ]
    form = pages.a_form(PAYLOADS[0], *blocks, slug="about-us")
    form |= {"action-publish": "1", "search_description": PAYLOADS[3]}
    form["seo_title"] = PAYLOADS[4]
    form = {
        key: _wicked(value) if isinstance(value, str) and "PLACE" in value else value
        for key, value in form.items()
    }
    answer = owner.post(f"/admin/pages/{shop.keys['page']}/edit/", form)
    if answer.status_code != 302:
        message = f"The page could not be written: {answer.status_code}"
        raise RuntimeError(message)
    with context.inside(shop.shop):
        page = StandardPage.objects.get(pk=keys["page"])
        return {*_payloads_in(page)}


def _payloads_in(page: StandardPage) -> Iterator[str]:
    """Yield the parts of a page's blocks in which a payload was kept."""
    for block in page.body.raw_data:
        value = block["value"]
        parts = value if isinstance(value, dict) else {"": value}
        for part, words in parts.items():
            if "owned" in str(words):
                yield f"block {block['type']}.{part}"


def _wicked(contentstate: str) -> str:
    """Return rich text as a script would post it: links and pictures that run."""
    state = json.loads(contentstate)
    links = ["javascript:owned()", "JaVaScRiPt:owned()", "data:text/html,<script>"]
    links += ["\x01javascript:owned()", "//evil.example/", "jav\tascript:owned()"]
    state["entityMap"] = {
        str(number): {"type": "LINK", "mutability": "MUTABLE", "data": {"url": link}}
        for number, link in enumerate(links)
    }
    state["entityMap"]["90"] = {
        "type": "IMAGE",
        "mutability": "IMMUTABLE",
        "data": {"id": 1, "format": "fullwidth", "alt": PAYLOADS[0]},
    }
    words = "".join(PAYLOADS)
    block = {
        "text": words,
        "type": "unstyled",
        "depth": 0,
        "inlineStyleRanges": [{"offset": 0, "length": 9, "style": "<script>owned()"}],
        "entityRanges": [
            {"offset": number * 4, "length": 3, "key": number}
            for number in range(len(links))
        ],
    }
    state["blocks"] = [{**block, "key": "aaaaa"}]
    return json.dumps(state)
