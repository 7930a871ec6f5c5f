"""What one shop signs means nothing in another."""

import pytest
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.core.signing import BadSignature

from accounts.models import User
from tenants import context
from tenants.signing import ShopKey, derive


def test_a_signed_value_opens_only_where_it_was_signed(alder, birch):
    with context.inside(alder):
        signed = signing.Signer().sign("42")
        packed = signing.dumps({"basket": 42})
        assert signing.Signer().unsign(signed) == "42"

    for elsewhere in (birch, None):
        with context.inside(elsewhere) if elsewhere else context.in_public():
            with pytest.raises(BadSignature):
                signing.Signer().unsign(signed)
            with pytest.raises(BadSignature):
                signing.loads(packed)


def test_a_reset_token_of_a_twin_account_is_worthless_next_door(alder, birch):
    twins = {}
    for shop in (alder, birch):
        with context.inside(shop):
            twins[shop] = User.objects.create_user(
                "twin@example.com", "same-secret", pk=4242
            )
            twins[shop].password = "same-hash"
            twins[shop].last_login = None
    assert twins[alder].pk == twins[birch].pk

    with context.inside(alder):
        token = default_token_generator.make_token(twins[alder])
        assert default_token_generator.check_token(twins[alder], token)
    with context.inside(birch):
        assert not default_token_generator.check_token(twins[birch], token)


def test_a_session_s_hash_differs_for_twin_accounts(alder, birch):
    hashes = set()
    for shop in (alder, birch):
        with context.inside(shop):
            hashes.add(
                User(email="t@example.com", password="x").get_session_auth_hash()
            )

    assert len(hashes) == 2


def test_the_key_reads_as_the_schema_s_in_every_way_libraries_read_it(alder):
    key = settings.SECRET_KEY
    assert isinstance(key, ShopKey)

    with context.inside(alder):
        expected = derive(str.__str__(key), schema_name=alder.schema_name)

        assert str(key) == expected
        assert f"{key}" == expected
        assert key.encode() == expected.encode()
