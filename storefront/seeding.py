"""What the template and each new shop start with, on the selling side."""

from datetime import datetime

from tenants.models import Shop
from tenants.provisioning import Application


def seed_template() -> None:
    """Write the rows every shop shares."""


def seed_shop(*, shop: Shop, application: Application, now: datetime) -> None:
    """Write a new shop's own rows."""
