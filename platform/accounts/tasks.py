"""What accounts leave behind and nobody needs any more."""

from celery import shared_task
from django.core.management import call_command

from tenants import fleet, guard

#: Served by the index on the column.
HAS_EXPIRED = """EXISTS (
    SELECT FROM %1$I.django_session WHERE expire_date < now()
)"""


@shared_task
def clear_sessions(**kwargs: object) -> None:
    """Delete the sessions of a shop that nobody can resume."""
    call_command("clearsessions")


@shared_task(base=guard.HubTask)
def clear_sessions_everywhere(**kwargs: object) -> None:
    """Delete the hub's expired sessions, and have each shop that has some do so."""
    call_command("clearsessions")
    for schema_name in fleet.schemas_where(HAS_EXPIRED):
        guard.send_for(schema_name, clear_sessions)
