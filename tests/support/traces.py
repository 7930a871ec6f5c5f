"""What work in a shop leaves behind where no page shows it first."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from wagtail.admin.models import FormState
from wagtail.log_actions import log
from wagtail.models import (
    Collection,
    Comment,
    CommentReply,
    Page,
    Site,
    Task,
    Workflow,
)
from wagtail.models.api import APIToken
from wagtail.users.models import UserProfile

from notifications.models import Delivery, Message
from storefront.cards import services as cards
from storefront.media.models import ShopImage
from storefront.oscar_apps.catalogue.models import Category, Product, ProductImage
from storefront.oscar_apps.order.models import Order, OrderNote

if TYPE_CHECKING:
    from support.ground import Filled


def leave(filled: "Filled", products: list[Any], *, now: datetime) -> None:
    """Leave a row of each kind that people's work makes; the shop must be in force."""
    _of_goods(filled, products, now=now)
    _of_editing(filled, now=now)
    _of_people(filled, now=now)


def _of_goods(filled: "Filled", products: list[Any], *, now: datetime) -> None:
    words = {"meta_title": filled.mark, "meta_description": filled.mark}
    Category.objects.update(**words)
    Product.objects.update(**words)
    Product.objects.filter(pk=products[0].pk).update(upc="5012345678900")
    picture = ShopImage.objects.get(pk=filled.keys["image"])
    ProductImage.objects.create(
        product=products[0], image=picture, caption=f"Caption {filled.mark}"
    )
    cards.rebuild([products[0].pk], now=now)
    picture.tags.add(f"Tag {filled.mark}")
    log(instance=picture, action="wagtail.edit", data={"words": filled.mark})


def _of_editing(filled: "Filled", *, now: datetime) -> None:
    page, owner = Page.objects.get(pk=filled.keys["page"]), filled.owner
    words = {"user": owner, "text": f"Remark {filled.mark}"}
    remark = Comment.objects.create(
        page=page, contentpath="title", position=filled.mark, **words
    )
    CommentReply.objects.create(comment=remark, **words)
    log(instance=page, action="wagtail.edit", data={"words": filled.mark})
    FormState.objects.update_or_create_by_instance(
        page,
        user=owner,
        defaults={"data": f"title={filled.mark}", "last_updated_at": now},
    )
    workflow = Workflow.objects.create(name=f"Steps {filled.mark}", active=False)
    task = Task.objects.create(name=f"Step {filled.mark}", active=False)
    collection = Collection.get_first_root_node().add_child(name=f"Box {filled.mark}")
    filled.keys |= {"workflow": workflow.pk, "task": task.pk}
    filled.keys |= {
        "collection": collection.pk,
        "site": Site.objects.get().pk,
        "group": owner.groups.get().pk,
        "revision": Page.objects.get(pk=filled.keys["draft"]).latest_revision_id,
    }


def _of_people(filled: "Filled", *, now: datetime) -> None:
    profile = UserProfile.get_for_user(filled.owner)
    profile.dismissibles = {filled.mark: True}
    profile.save()
    APIToken.objects.create(
        user=filled.owner, name=f"Key {filled.mark}", key_hash="0" * 64, prefix="0"
    )
    order = Order.objects.get(pk=filled.keys["order"])
    OrderNote.objects.create(order=order, message=filled.mark, note_type="Info")
    Delivery.objects.create(
        dedupe_key="letter",
        channel=Delivery.Channel.EMAIL,
        recipient=f"{filled.mark}@example.com",
        delivered_at=now,
    )
    Message.objects.create(
        kind="nobody.listens",
        dedupe_key="nobody",
        payload={"words": filled.mark},
        state=Message.State.DONE,
        next_attempt_at=now,
        created_at=now,
        done_at=now,
    )
