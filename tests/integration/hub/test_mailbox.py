"""The demo's mailbox: what is kept, and who may read it."""

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from accounts.models import User
from hub.models import CapturedMail
from tenants import context

HUB = {"host": "localhost"}


@pytest.fixture(autouse=True)
def backend(settings):
    settings.EMAIL_BACKEND = "hub.mailbox.EmailBackend"


@pytest.fixture
def admin_client(client, db):
    client.force_login(User.objects.create_superuser("admin@example.com"))
    return client


def send_letter(subject: str = "Your order") -> None:
    letter = EmailMultiAlternatives(
        subject, "In words", "Alder <post@localhost>", ["c@example.com"]
    )
    letter.attach_alternative("<html><head></head><b>In words</b></html>", "text/html")
    letter.send()


def test_a_shops_mail_is_kept_on_the_hub(alder):
    with context.inside(alder):
        send_letter()

    kept = CapturedMail.objects.get()
    assert (kept.schema_name, kept.recipients) == (alder.schema_name, "c@example.com")
    assert (kept.text, "<b>" in kept.html) == ("In words", True)


def test_a_mail_of_the_hub_itself_is_kept(db):
    mail.send_mail("Hello", "Words", None, ["a@example.com"])

    assert CapturedMail.objects.get().schema_name == "public"


def test_the_mailbox_lists_and_shows(admin_client, alder):
    with context.inside(alder):
        send_letter("Order <1>")
    kept = CapturedMail.objects.get()

    listed = admin_client.get("/platform/mailbox/", headers=HUB).content.decode()
    shown = admin_client.get(f"/platform/mailbox/{kept.pk}/", headers=HUB)

    assert "Order &lt;1&gt;" in listed
    assert "Alder Grocers" in listed
    assert f'src="/platform/mailbox/{kept.pk}/letter/"' in shown.content.decode()


def test_the_list_alone_is_sent_to_htmx(admin_client):
    response = admin_client.get(
        "/platform/mailbox/", headers={**HUB, "hx-request": "true"}
    )

    assert "<html" not in response.content.decode()
    assert "No mail yet" in response.content.decode()


def test_a_letter_may_not_run_anything(admin_client, alder):
    with context.inside(alder):
        send_letter()
    kept = CapturedMail.objects.get()

    response = admin_client.get(f"/platform/mailbox/{kept.pk}/letter/", headers=HUB)

    policy = response["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("path", ["/platform/mailbox/", "/platform/mailbox/1/"])
def test_strangers_are_asked_to_sign_in_and_others_refused(client, db, path):
    assert client.get(path, headers=HUB).status_code == 302
    client.force_login(User.objects.create_user("staff@example.com", is_staff=True))

    assert client.get(path, headers=HUB).status_code == 403


def test_outside_the_demo_there_is_no_mailbox(admin_client, settings):
    settings.QUICKCART_DEMO = False

    assert admin_client.get("/platform/mailbox/", headers=HUB).status_code == 404


def test_a_shop_has_no_mailbox(client, alder):
    response = client.get("/platform/mailbox/", headers={"host": "alder.localhost"})

    assert response.status_code == 404
