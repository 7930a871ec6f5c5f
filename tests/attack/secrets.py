"""Nothing that names a person or opens a door stands in any log.

A person whose every fact is a canary signs up, mistypes, forgets, orders, is refused
and breaks things, on the product's own programs; then all their logs are searched, and
that of the database.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from attack import living, stage
from attack.living import Person
from attack.stage import Stage, none
from django.db import connection
from support.network import Network
from support.smtp import SmtpServer
from support.verdicts import Check, Verdict, at_least

from quickcart import services
from quickcart.services.postgres import Postgres

#: Each line for every request, as online.
LOUD = {"QUICKCART_LOG_REQUESTS": "INFO", "QUICKCART_LOG_LEVEL": "INFO"}
ROOT = Path(__file__).resolve().parents[2]
#: The same program, but with the scrubber taken out.
UNSCRUBBED = {
    **LOUD,
    "DJANGO_SETTINGS_MODULE": "support.unscrubbed_settings",
    "PYTHONPATH": os.pathsep.join(str(ROOT / p) for p in ("platform", "", "tests")),
}
#: What those settings have told of each request: body, cookies, all of it.
TOLD = re.compile(r"^.* support\.telling: .*$", re.MULTILINE)
#: What a program says of somebody without being asked to, where nothing scrubs; of
#: realtime and beat no line is about anybody even there.
SAID_UNASKED = {
    "web": {
        *("e-mail", "strange e-mail", "name", "phone", "note"),
        *("order link", "reset token"),
    },
    "worker": {"e-mail"},
}


class DatabaseLog:
    """What the embedded database writes from now on; nothing of one named from outside."""

    def __init__(self) -> None:
        server = Postgres(services.var_directory(ROOT))
        self.is_ours = str(server.port) == str(connection.settings_dict["PORT"])
        self._log = server.log
        self._from = server.log.stat().st_size if self.is_ours else 0

    def said(self) -> str:
        if not self.is_ours:
            return ""
        with self._log.open("rb") as log:
            log.seek(self._from)
            return log.read().decode(errors="replace")


def logs(*, small: bool) -> Iterator[Verdict]:
    """Live through everything, then search the logs for whom it happened to.

    Twice, the second time where nothing scrubs: what is searched for must be found there.
    """
    person, careless, database = Person(), Person(), DatabaseLog()
    with stage.opened() as opened, SmtpServer() as post:
        done, said = _lived(opened, post, person, "logs", LOUD)
        _done, unscrubbed = _lived(opened, post, careless, "unscrubbed", UNSCRUBBED)
        said["postgres"] = database.said()
    lines = sum(text.count("\n") for text in said.values())
    yield at_least("secrets: things lived through", len(done), "things", 14)
    yield at_least("secrets: kinds of canary", len(person.learnt), "kinds", 18)
    yield at_least("secrets: lines searched", lines, "lines", 20)
    crashes = said["web"].count("IntegrityError")
    yield at_least("secrets: crashes written down", crashes, "crashes", 1)
    if database.is_ours:
        refusals = said["postgres"].count('check constraint "unwilling"')
        yield at_least("secrets: refusals the database wrote", refusals, "lines", 2)
    # What the database writes no setting of the programs' scrubs.
    of_database = {"postgres": said["postgres"]}
    found = _found(said, person) | _found(of_database, careless)
    yield none("secrets: canaries in logs", found.values())
    yield from _seen_unscrubbed(unscrubbed, careless)


def _seen_unscrubbed(said: Mapping[str, str], person: Person) -> Iterator[Verdict]:
    """Judge that each kind is seen where nothing scrubs, and by itself where it may be."""
    name = "secrets: where nothing scrubs"
    seen = {what for what, _program in _found(said, person)}
    yield none(f"{name}: kinds not seen", sorted(person.learnt.keys() - seen))
    lines = {program: TOLD.sub("", text) for program, text in said.items()}
    for program, kinds in SAID_UNASKED.items():
        seen = {what for what, of in _found(lines, person) if of == program}
        yield none(f"{name}: kinds {program} does not say", sorted(kinds - seen))


def _found(said: Mapping[str, str], person: Person) -> dict[tuple[str, str], str]:
    """Return where in the logs of programs something of a person stands."""
    return {
        (what, name): f"{what} in {name}: {_around(text, spelling)}"
        for name, text in said.items()
        for what, spellings in person.spellings().items()
        for spelling in spellings
        if spelling in text
    }


def _lived(
    opened: Stage,
    post: SmtpServer,
    person: Person,
    name: str,
    more: Mapping[str, str],
) -> tuple[list[str], dict[str, str]]:
    """Live through everything on programs of one's own; return what, and their logs."""
    more = {**more, "EMAIL_URL": post.url}
    network = opened.network(name, only=stage.PROGRAMS, more=more)
    post.faults.answers.clear()
    alder = opened.ground.shops["alder"]
    done = living.live(network, alder, person, post)
    return done, {each: _last_words(network, each) for each in sorted(stage.PROGRAMS)}


def _last_words(network: Network, name: str) -> str:
    """Stop a program, so that no line is still on its way; return all it said."""
    network.stop(name)
    return network.log(name)


def _around(text: str, word: str) -> str:
    at = text.index(word)
    return text[max(0, at - 90) : at + len(word) + 20].replace("\n", "⏎")


CHECKS = [Check("secrets: logs", logs)]
