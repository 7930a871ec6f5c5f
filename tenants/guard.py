"""The base of every Celery task: it knows its shop, or it does not run."""

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django_tenants.utils import get_public_schema_name
from tenant_schemas_celery.app import get_schema_name_from_task
from tenant_schemas_celery.task import TenantTask

from tenants.database import connection

if TYPE_CHECKING:
    from celery import Task


class WrongSchemaError(RuntimeError):
    """A task is about to run for nobody, or for somebody else."""


class GuardedTask(TenantTask):
    """A task that refuses to run where its message did not say.

    tenant-schemas-celery runs a task without a shop in public, silently, and
    Celery swallows the error of a hook that fails to switch. Here the task
    itself compares what the message says with what is in force.
    """

    abstract = True
    #: True for the few tasks of the hub itself (sweeps, spares).
    is_for_hub = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        said = get_schema_name_from_task(self, kwargs)
        if said is None:
            raise WrongSchemaError(f"{self.name}: the message names no schema.")
        if said != connection.schema_name:
            raise WrongSchemaError(
                f"{self.name}: meant for {said}, running in {connection.schema_name}."
            )
        if (said == get_public_schema_name()) != self.is_for_hub:
            raise WrongSchemaError(f"{self.name}: not a task for {said}.")
        return super().__call__(*args, **kwargs)


class HubTask(GuardedTask):
    """A task of the hub."""

    abstract = True
    is_for_hub = True


def send_for(schema_name: str, task: "Task[Any, Any]", **kwargs: Any) -> None:
    """Send a task for a schema, when the transaction (if any) commits.

    The schema is named by the caller: when the callback runs, another may be in
    force.
    """
    headers = {"_schema_name": schema_name}
    transaction.on_commit(
        partial(task.apply_async, kwargs=kwargs, headers=headers), robust=True
    )
