"""What the process remembers, it remembers for each shop apart."""

import threading

import pytest
from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site
from django.core.cache import cache
from django.db import connection

from accounts.models import User
from tenants import context
from tenants.models import Domain


def test_content_types_are_each_schema_s_own(alder, cedar):
    with context.inside(alder):
        in_alder = ContentType.objects.get_for_model(User).pk
    with context.inside(cedar):
        in_cedar = ContentType.objects.get_for_model(User).pk
    with context.inside(alder):
        again = ContentType.objects.get_for_model(User).pk

    assert in_alder == again
    assert in_alder != in_cedar


def test_content_types_are_kept_over_a_switch(alder, django_assert_num_queries):
    with context.inside(alder):
        ContentType.objects.get_for_model(User)
    with context.inside(alder), connection.cursor(), django_assert_num_queries(0):
        ContentType.objects.get_for_model(User)


@pytest.mark.slow
def test_threads_in_different_shops_get_their_own_content_types(live_database):
    from tenants.models import Shop

    shops = {shop.subdomain: shop for shop in Shop.objects.all()}
    truth = {}
    for name, shop in shops.items():
        with context.inside(shop), connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM django_content_type"
                " WHERE app_label = 'accounts' AND model = 'user'"
            )
            truth[name] = cursor.fetchone()[0]
    wrong = []

    def ask(name):
        try:
            for _round in range(200):
                with context.inside(shops[name]):
                    answer = ContentType.objects.get_for_model(User).pk
                    by_id = ContentType.objects.get_for_id(truth[name]).model
                if answer != truth[name] or by_id != "user":
                    wrong.append((name, answer, by_id))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=ask, args=[name]) for name in ("alder", "cedar") * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert truth["alder"] != truth["cedar"]
    assert wrong == []


def test_a_site_found_by_host_is_this_schema_s(alder, birch, rf):
    for shop in (alder, birch):
        with context.inside(shop):
            Site.objects.update_or_create(
                domain="same.example", defaults={"name": shop.subdomain}
            )
    request = rf.get("/", headers={"host": "same.example"})
    request.get_host = lambda: "same.example"

    names = []
    for shop in (alder, birch, alder):
        with context.inside(shop):
            names.append(Site.objects.get_current(request).name)

    assert names == ["alder", "birch", "alder"]


def test_a_shop_signs_people_in_at_each_of_its_hosts(alder, client):
    with context.in_public():
        Domain.objects.create(domain="old.localhost", tenant=alder, is_primary=False)

    answer = client.get("/account/login/", headers={"host": "old.localhost"})

    assert answer.status_code == 200


def test_a_cache_entry_is_not_seen_by_another_shop_nor_by_the_hub(alder, birch):
    with context.inside(alder):
        cache.set("greeting", "from alder")
    with context.inside(birch):
        assert cache.get("greeting") is None
        cache.set("greeting", "from birch")
    assert cache.get("greeting") is None
    with context.inside(alder):
        assert cache.get("greeting") == "from alder"
