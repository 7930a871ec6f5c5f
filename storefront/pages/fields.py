"""A StreamField whose blocks stay out of migrations.

Block definitions change often and change no table. Kept in migrations, each new
block of the family would be a migration to run in every shop. The price: a data
migration of stored blocks cannot see their old definition.
"""

from typing import Any

from wagtail.fields import StreamField as WagtailStreamField


class StreamField(WagtailStreamField):
    def deconstruct(self) -> Any:
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        return name, path, [[]], kwargs
