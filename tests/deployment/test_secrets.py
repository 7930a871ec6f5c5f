"""Secrets in files are read there, and no program that we start is told any."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import deployment

from quickcart.backup import rehearsal, tools
from quickcart.services import binaries
from tenants import template

WORD = "kZ3vQ8xW1nB6mT4yR9cL2pD7fH5jG0sAuEiOkXzVbNqMwYtKcPa7d"
SECRETS = {
    "SECRET_KEY": WORD,
    "SECRET_KEY_FALLBACKS": f"{WORD}1,{WORD}2",
    "DATABASE_URL": f"postgres://shop:{WORD}@127.0.0.1:1/none",
    "REDIS_URL": f"redis://:{WORD}@127.0.0.1:1/0",
    "EMAIL_URL": f"smtp+tls://post:{WORD}@mail.test:587",
    "QUICKCART_WATCH_TOKEN": WORD,
    "SENTRY_DSN": f"https://{WORD}@errors.test/1",
}
ASK = """
import json, os
from django.conf import settings
print(json.dumps({
    "environment": [*os.environ.values()],
    "known": [
        str.__str__(settings.SECRET_KEY),
        ",".join(map(str.__str__, settings.SECRET_KEY_FALLBACKS)),
        settings.DATABASES["default"]["PASSWORD"],
        settings.REDIS_URL,
        settings.EMAIL_HOST_PASSWORD,
        settings.WATCH_TOKEN,
        settings.SENTRY_DSN,
    ],
}))
"""


def _production(told: dict[str, str]) -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env=told,
        cwd=deployment.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _told(folder: Path, secrets: dict[str, str]) -> dict[str, str]:
    return deployment.environment(var=folder, static=folder, port=443, secrets=secrets)


def test_what_is_in_files_is_known_and_not_in_the_environment(tmp_path):
    found = _production(_told(tmp_path, SECRETS))

    assert found["known"] == [
        WORD,
        f"{WORD}1,{WORD}2",
        WORD,
        SECRETS["REDIS_URL"],
        WORD,
        WORD,
        SECRETS["SENTRY_DSN"],
    ]
    assert not [value for value in found["environment"] if WORD in value]


def test_no_former_key_is_none(tmp_path):
    found = _production(_told(tmp_path, SECRETS | {"SECRET_KEY_FALLBACKS": ""}))

    assert found["known"][1] == ""


def test_the_handbook_names_what_may_be_in_a_file():
    text = (deployment.ROOT / "docs/operations.md").read_text()

    assert set(re.findall(r"^\| `([A-Z_]+)` †", text, re.MULTILINE)) == SECRETS.keys()


def test_containers_have_a_file_for_each_that_they_are_told_of():
    services = deployment.compose()["services"]
    ours = [each for each in services.values() if "SECRET_KEY_FILE" in str(each)]

    assert len(ours) > len(deployment.PROGRAMS)
    for service in ours:
        files = re.findall(r"/run/secrets/(\w+)", str(service["environment"]))
        assert set(files) == set(service["secrets"])


# What we start


@pytest.fixture
def told(tmp_path, monkeypatch) -> Path:
    """Secrets in our environment, and where a program puts what is in its own."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PGSSLMODE", "disable")
    return tmp_path / "told"


@pytest.fixture
def program(told) -> Path:
    found = told.with_name("program")
    found.write_text(f"#!/bin/sh\nenv > '{told}'\nexit 1\n")
    found.chmod(0o755)
    return found


def _dumping(program: Path, settings, monkeypatch) -> None:
    settings.PG_DUMP = str(program)
    template.dump()


def _backing_up(program: Path, settings, monkeypatch) -> None:
    tools.run([program])


def _rehearsing(program: Path, settings, monkeypatch) -> None:
    monkeypatch.setattr(binaries, "program", lambda *_, **__: program)
    with rehearsal.serving(program.parent):
        pass


@pytest.mark.parametrize("start", [_dumping, _backing_up, _rehearsing])
def test_what_we_start_is_told_no_secret(start, program, told, settings, monkeypatch):
    with pytest.raises((template.DumpFailedError, tools.BackupError)):
        start(program, settings, monkeypatch)

    found = dict(line.split("=", 1) for line in told.read_text().splitlines())
    assert not [value for value in found.values() if WORD in value]
    assert found["PGSSLMODE"] == "disable"
    assert found["PATH"] == os.environ["PATH"]
