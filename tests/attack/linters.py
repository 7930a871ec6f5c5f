"""The programs that read our settings and code for holes, and what they say."""

import json
import os
import secrets
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from typing import Any

from attack import headers, stage
from attack.headers import ROOT
from attack.stage import none
from support import worker
from support.verdicts import Check, Verdict, at_least, exactly, told

PACKAGES = ("platform", "tenants", "storefront", "pickup", "notifications")
#: There are more; who reads fewer was not shown all of them.
LINES = 20_000


def settings_and_code(*, small: bool) -> Iterator[Verdict]:
    """Run the programs that read settings and code for holes."""
    rules = [sys.executable, "-m", "ruff", "check", "-q", "--output-format=concise"]
    done = _run([*rules, *PACKAGES], dict(os.environ))
    yield none("headers: lint rules", done.stdout.splitlines())
    yield exactly("headers: lint's own word", done.returncode, "exit status", 0)
    told_rules = tomllib.loads((ROOT / "pyproject.toml").read_text())
    banned = told_rules["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
    yield told("headers: house rules in force", len(banned), "rules")
    if small:
        return  # the settings have a test of their own, and bandit takes long
    bandit = [
        sys.executable,
        "-m",
        "bandit",
        "-c",
        "pyproject.toml",
        "-q",
        "-f",
        "json",
    ]
    done = _run([*bandit, "-r", *PACKAGES], dict(os.environ))
    yield from bandit_verdicts(json.loads(done.stdout[done.stdout.index("{") :]))
    with stage.opened() as opened:
        environment = {
            **os.environ,
            **headers.deployed(opened),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DATABASE_URL": worker.database_url(),
            "REDIS_URL": stage.corner(),
        }
        check = [sys.executable, "-m", "django", "check", "--deploy"]
        done = _run([*check, "--fail-level", "INFO"], environment)
    yield exactly("headers: check --deploy", done.returncode, "exit status", 0)


def bandit_verdicts(report: dict[str, Any]) -> Iterator[Verdict]:
    """Judge what bandit found, and that it read all it was shown."""
    found = (
        f"{each['filename']}:{each['line_number']} {each['test_id']}"
        for each in report["results"]
    )
    unread = (f"{each['filename']}: {each['reason']}" for each in report["errors"])
    lines = report["metrics"]["_totals"]["loc"]
    yield none("headers: bandit", found)
    yield none("headers: files bandit could not read", unread)
    yield at_least("headers: lines bandit read", lines, "lines", LINES)


def _run(
    argv: list[str], environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        argv,
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
    return done


CHECKS = [Check("headers: settings and code", settings_and_code)]
