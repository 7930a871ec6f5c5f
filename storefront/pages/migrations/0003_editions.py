"""What customers see of a shop begins a new edition of its pages when it changes.

Not the stock records: an order writes them, and what pages say of the stock stands on
the cards.
"""

from django.db import migrations

from tenants.editions.watching import watch


class Migration(migrations.Migration):
    dependencies = [
        ("cards", "0001_initial"),
        ("catalogue", "0002_initial"),
        ("editions", "0001_initial"),
        ("media", "0001_initial"),
        ("pages", "0002_pictures"),
        ("profile", "0001_initial"),
        ("wagtailcore", "0094_alter_page_locale"),
        ("wagtaildocs", "0014_alter_document_file_size"),
    ]

    operations = [
        watch("cards_productcard"),
        watch("catalogue_category"),
        watch("catalogue_product"),
        watch("media_shopimage"),
        watch("media_shoprendition"),
        watch("pages_homepage"),
        watch("pages_standardpage"),
        watch("profile_shopprofile"),
        # Drafts are saved every few seconds while somebody writes.
        watch(
            "wagtailcore_page",
            unseen=(
                "draft_title",
                "has_unpublished_changes",
                "latest_revision_created_at",
                "latest_revision_id",
                "locked",
                "locked_at",
                "locked_by_id",
                "numchild",
            ),
        ),
        watch("wagtailcore_site"),
        watch("wagtaildocs_document"),
    ]
