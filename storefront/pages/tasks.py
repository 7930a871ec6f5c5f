"""Pages that go live, or go, at a time their shop has set."""

from celery import shared_task
from django.core.management import call_command

from tenants import fleet, guard

#: The first half is served by an index; a shop has few pages.
IS_DUE = """EXISTS (
    SELECT FROM %1$I.wagtailcore_revision WHERE approved_go_live_at < now()
) OR EXISTS (
    SELECT FROM %1$I.wagtailcore_page WHERE live AND expire_at < now()
)"""


@shared_task(base=guard.HubTask)
def publish_everywhere(**kwargs: object) -> int:
    """Send `publish_due` to the shops that have something to publish or take down.

    Returns:
        How many shops have.
    """
    due = fleet.schemas_where(IS_DUE)
    for schema_name in due:
        guard.send_for(schema_name, publish_due)
    return len(due)


@shared_task
def publish_due(**kwargs: object) -> None:
    """Publish and take down what is due in a shop."""
    call_command("publish_scheduled", verbosity=0)
