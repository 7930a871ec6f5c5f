"""A card's text as PostgreSQL searches it."""

from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.models import Expression

_WEIGHTS = "ABCD"


class SearchDocument(Expression):
    """Texts as one search vector, the weightiest first.

    Each is indexed twice: by its stems in the shop's language ("tomatoes" finds
    "tomato") and as it stands, so that the beginning of any word finds it.
    """

    def __init__(self, *texts: str, dictionary: str) -> None:
        super().__init__(output_field=SearchVectorField())
        self.texts = texts
        self.dictionary = dictionary

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str, ...]]:
        parts, params = [], []
        for weight, text in zip(_WEIGHTS, self.texts, strict=True):
            if not text:
                continue
            for dictionary in sorted({"simple", self.dictionary}):
                parts.append(f"setweight(to_tsvector('{dictionary}', %s), '{weight}')")
                params.append(text)
        return " || ".join(parts) or "''::tsvector", tuple(params)
