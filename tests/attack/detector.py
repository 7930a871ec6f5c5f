"""What tells that a word or a row of another shop got loose."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from attack import stage
from attack.ground import Ground
from django.db import connection
from django.http import HttpResponseBase
from support import canaries, crawler
from support.ground import Filled
from support.verdicts import Verdict, at_least

from tenants import context


@dataclass
class Tally:
    """What was asked, and what of it was answered as it must not be."""

    ground: Ground
    probes: int = 0
    #: Answers in which the shop's own words stood: it did look into rooms with rows.
    telling: int = 0
    leaks: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def hear(
        self, said: str, *, place: Filled | None, asked: str, sent: Iterable[str] = ()
    ) -> None:
        """Judge one answer of a shop's host (None: of the hub's).

        A word that was sent is no leak where it comes back.
        """
        self.probes += 1
        request = "\n".join([asked, *sent]).lower()
        words = self._forbidden(place)
        found = {w for w in canaries.found_in(said, words) if w.lower() not in request}
        if found:
            self.leaks.append(f"{asked} says {sorted(found)}")
        own = place.mark if place else "canaryhub"
        self.telling += own in said.lower()

    def answer(
        self,
        response: HttpResponseBase,
        *,
        place: Filled | None,
        asked: str,
        sent: Iterable[str] = (),
    ) -> str:
        """Read and judge a response; return all it says."""
        said = crawler.read(response)
        self.hear(said, place=place, asked=asked, sent=sent)
        if response.status_code >= 500:
            self.failures.append(f"{asked}: {response.status_code}")
        return said

    def expect(self, is_so: object, words: str) -> None:
        """Count one thing that was tried, and note it if it went as it must not."""
        self.probes += 1
        if not is_so:
            self.leaks.append(words)

    def _forbidden(self, place: Filled | None) -> set[str]:
        if place is not None:
            return self.ground.others(place)
        # The hub lists shops by name; what is theirs alone it does not know.
        return {each.mark for each in self.ground.shops.values()}

    def verdicts(self, name: str, *, least: int) -> Iterable[Verdict]:
        """Tell how much was tried and what came of it."""
        yield at_least(f"{name}: probes", self.probes, "probes", least)
        yield stage.none(f"{name}: leaks", self.leaks)
        yield stage.none(f"{name}: failures", self.failures)


@cache
def _digests_of(schema_name: str) -> str:
    """Return the query for a digest of each table of a schema."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s"
            " AND table_type = 'BASE TABLE' ORDER BY 1",
            [schema_name],
        )
        tables = [name for (name,) in cursor.fetchall()]
    digest = "md5(string_agg(t::text, '' ORDER BY t::text))"
    return " UNION ALL ".join(
        f'SELECT \'{name}\', {digest} FROM "{schema_name}"."{name}" t'
        for name in tables
    )


def writes(shops: Iterable[Filled]) -> dict[str, int]:
    """Count what was written to each table of some shops.

    It only grows while a transaction lasts; between two it may start anew.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname || '.' || relname, n_tup_ins + n_tup_upd + n_tup_del"
            " FROM pg_stat_xact_all_tables WHERE schemaname = ANY(%s)",
            [[filled.shop.schema_name for filled in shops]],
        )
        return dict(cursor.fetchall())


def rows_of(filled: Filled) -> dict[str, Any]:
    """Return a digest of each table of a shop."""
    with context.inside(filled.shop), connection.cursor() as cursor:
        cursor.execute(_digests_of(filled.shop.schema_name))
        return dict(cursor.fetchall())


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name in before if before[name] != after.get(name)]
