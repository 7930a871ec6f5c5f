"""No row of a shop is seen from another, whatever the model."""

import pytest
from django.db import connections, models, transaction
from support import canaries, rows

from tenants import context

MODELS = {model._meta.label: model for model in canaries.models_of_shops()}


def who_sees(model: type[models.Model], *, planted_in, shops) -> set[str]:
    """Plant a row in one shop; return the shops in which it is seen."""
    seen = set()
    with transaction.atomic():
        with context.inside(planted_in):
            key = rows.plant(model)
        for shop in shops:
            with context.inside(shop):
                if rows.is_seen(model, key):
                    seen.add(shop.subdomain)
        transaction.set_rollback(True)
    return seen


@pytest.mark.parametrize("label", sorted(MODELS))
def test_a_row_is_seen_in_its_own_shop_alone(alder, birch, cedar, label):
    seen = who_sees(MODELS[label], planted_in=birch, shops=[alder, birch, cedar])

    assert seen == {"birch"}


def test_the_detector_sees_a_schema_that_is_not_switched(
    alder, birch, cedar, monkeypatch
):
    connection = connections["default"]
    switch = type(connection).set_tenant
    with monkeypatch.context() as broken:
        broken.setattr(
            type(connection),
            "set_tenant",
            lambda self, _tenant, *rest: switch(self, birch, *rest),
        )
        seen = who_sees(
            MODELS["catalogue.Product"], planted_in=birch, shops=[alder, birch, cedar]
        )
    connection.set_schema_to_public()

    assert seen == {"alder", "birch", "cedar"}


def test_nearly_all_that_oscar_wagtail_and_we_keep_is_walked():
    assert len(MODELS) > 130
    labels = {label.partition(".")[0] for label in MODELS}
    assert {"accounts", "sessions", "order", "catalogue", "wagtailcore"} <= labels
    assert {"pickup", "notifications", "cards", "media", "basket"} <= labels
