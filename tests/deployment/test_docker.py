"""What docker/ says is true: linted, complete, and the same as what `make up` runs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from support import deployment

from quickcart.launcher.config import Config
from quickcart.launcher.programs import programs
from quickcart.services import binaries, postgres
from quickcart.services.account import Account

ROOT, DOCKER = deployment.ROOT, deployment.DOCKER
BIN = Path(sys.executable).parent
#: What differs by machine, and by what the launcher does itself.
OWN = {"--host", "--port", "--schedule", "--pidfile", "--no-access-log", "-A", "--app"}
OWN |= {"--workers", "--concurrency", "--workers-kill-timeout", "--quiet"}


def _run(*command: str | Path, **options) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=120, **options
    )


@pytest.mark.parametrize(
    "command",
    [
        [BIN / "hadolint", DOCKER / "Dockerfile", DOCKER / "pgbouncer/Dockerfile"],
        [
            *(sys.executable, "-m", "check_jsonschema", "--builtin-schema"),
            *("vendor.compose-spec", DOCKER / "compose.yaml"),
        ],
        [
            *(sys.executable, "-m", "yamllint", "--strict"),
            *("--config-file", DOCKER / ".yamllint", DOCKER / "compose.yaml"),
        ],
        ["bash", "-n", DOCKER / "prepare"],
    ],
    ids=["hadolint", "compose schema", "yamllint", "bash"],
)
def test_it_is_well_formed(command):
    done = _run(*command)

    assert done.returncode == 0, done.stdout + done.stderr


# Secrets


def _prepared(folder: Path) -> dict[str, str]:
    done = _run(*(folder / "prepare", "shops.test", "smtp://mail.test:25"), cwd=folder)
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_text() for path in (folder / "secrets").iterdir()}


def test_every_secret_is_made_once_and_shown_to_nobody(tmp_path):
    for name in ("prepare", "env.example"):
        shutil.copy(DOCKER / name, tmp_path)

    made = _prepared(tmp_path)
    again = _prepared(tmp_path)

    compose = deployment.compose()
    wanted = {Path(secret["file"]).name for secret in compose["secrets"].values()}
    assert made.keys() == wanted
    assert again == made
    assert "QUICKCART_DOMAIN=shops.test" in (tmp_path / ".env").read_text()
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    password = made["postgres_password"].strip()
    assert len(password) == 48
    assert password in made["database_url"]
    assert password in made["pgbouncer_userlist"]


def test_the_image_is_named_after_what_is_checked_out(tmp_path):
    for name in ("prepare", "env.example"):
        shutil.copy(DOCKER / name, tmp_path)
    who = ("-c", "user.name=shop", "-c", "user.email=shop@shops.test")
    for command in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "Begin.")):
        assert _run("git", *who, *command, cwd=tmp_path).returncode == 0
    _run("git", "tag", "v1.2", cwd=tmp_path)

    _prepared(tmp_path)

    assert "QUICKCART_VERSION=v1.2\n" in (tmp_path / ".env").read_text()


def test_no_secret_is_in_the_environment():
    for name, service in deployment.compose()["services"].items():
        for key in service.get("environment", {}):
            is_secret = re.search(r"SECRET|PASSWORD|TOKEN|_URL", key)
            assert not is_secret or key.endswith("_FILE"), f"{name}: {key}"


# The image


def _sent(folder: Path) -> Path:
    """Copy what .dockerignore lets into an image."""
    rules = (ROOT / ".dockerignore").read_text().split()
    for name in (rule[1:] for rule in rules if rule.startswith("!")):
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    return folder


def test_the_image_holds_all_that_its_programs_need(tmp_path):
    app = _sent(tmp_path / "app") if (tmp_path / "app").mkdir() is None else None
    told = deployment.image_environment() | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{app / 'platform'}{os.pathsep}{app}",
        "QUICKCART_VAR": str(tmp_path),
        "QUICKCART_STATIC": str(tmp_path),
        "QUICKCART_WATCH_DIRECTORY": str(tmp_path / "watch"),
        "QUICKCART_DOMAIN": "shops.test",
        "SECRET_KEY": "kZ3vQ8xW1nB6mT4yR9cL2pD7fH5jG0sA-uE_iOkXzVbNqMwYtKcPa7d",
        "DATABASE_URL": "postgres://shop:pass@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "smtp://127.0.0.1:1",
    }
    load = "import quickcart.wsgi, quickcart.realtime, quickcart.celery, pathlib; "
    load += "print(pathlib.Path(quickcart.__file__).parents[2])"

    done = _run(sys.executable, "-c", load, env=told, cwd=app)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(app)


def test_the_image_runs_as_nobody_in_particular_and_online():
    last = (DOCKER / "Dockerfile").read_text().rpartition("\nFROM ")[2]

    assert "USER 10001:10001" in last
    assert "apt-get" not in last
    assert "pip install" not in last
    told = deployment.image_environment()
    assert told["DJANGO_SETTINGS_MODULE"] == "quickcart.settings.production"


def test_each_image_of_ours_is_built_once_and_sought_nowhere_else():
    services = deployment.compose()["services"].values()
    built = [service["image"] for service in services if "build" in service]

    assert len(built) == len(set(built)) == 2
    for service in services:
        if service["image"] in built:
            assert service["pull_policy"] == "never"


def test_what_is_built_without_a_secret_is_built(tmp_path):
    deployment.collect(tmp_path / "static")

    names = {path.name for path in (tmp_path / "static").rglob("*")}
    assert "staticfiles.json" in names
    assert any(name.endswith(".css.gz") for name in names)


# The commands


def _options(words: list[str]) -> set[str]:
    """Return a command's options, those of this machine left out."""
    text = " ".join(words)
    text = re.sub(r"(--?[a-zA-Z-]+)[ =](?!-)", r"\1=", text)
    found = {word for word in text.split() if word.startswith("-")}
    return {word for word in found if word.partition("=")[0] not in OWN}


@pytest.mark.parametrize("name", deployment.PROGRAMS)
def test_a_container_runs_what_make_up_runs(name, tmp_path):
    config = Config(
        var=tmp_path, domain="localhost", port=1, realtime_port=2, original={}
    )
    [ours] = [program for program in programs(config) if program.name == name]

    shipped = deployment.native(deployment.command_of(name), var=tmp_path)

    assert shipped[:3] == list(ours.argv[:3])
    assert _options(shipped[3:]) == _options([*ours.argv[3:]])
    applications = {"--app=quickcart.celery", "quickcart.celery", ours.argv[-1]}
    assert applications & set(shipped)


@pytest.mark.parametrize("name", deployment.PROGRAMS)
def test_a_unit_runs_what_a_container_runs(name):
    unit = (DOCKER / f"systemd/quickcart-{name}.service").read_text()
    [line] = re.findall(r"^ExecStart=\S+ -m (.*)$", unit, re.MULTILINE)

    command = deployment.native(deployment.command_of(name), var=Path("/tmp"))
    assert line.split() == command[2:]


def test_migrating_leaves_static_files_where_nginx_reads_them(tmp_path):
    """Whatever becomes of the schemas; that they failed is told."""
    program = tmp_path / "bin/python"
    for folder in (program.parent, tmp_path / "collected", tmp_path / "served"):
        folder.mkdir()
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    (tmp_path / "collected/style.css").touch()
    line = deployment.command_of("migrate")[-1].replace("$$", "$")
    assert "/srv/static" in line
    told = {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "QUICKCART_STATIC": str(tmp_path / "collected"),
    }

    done = _run(
        "sh", "-c", line.replace("/srv/static", str(tmp_path / "served")), env=told
    )

    assert done.returncode == 3, done.stderr
    assert (tmp_path / "served/style.css").exists()


def test_an_upgrade_migrates_the_same_with_and_without_containers():
    line = deployment.command_of("migrate")[-1]
    options = line.rpartition("manage.py migrate ")[2]

    assert (
        f"\nquickcart migrate {options}\n"
        in (ROOT / "docs/operations.md").read_text().partition("\n## Upgrade ")[2]
    )


# The servers' own configurations


#: What decisions 6 and 14 build upon: what is confirmed is on the disk, whole, and a
#: network of many shops is back soon after a crash.
KEPT = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "recovery_init_sync_method": "syncfs",
    "max_locks_per_transaction": "1024",
}
ARCHIVED = {"archive_mode": "on", "wal_level": "replica"}


def _taken(folder: Path, configuration: Path, names, *options: str) -> dict[str, str]:
    """Return what PostgreSQL itself makes of a configuration."""
    program = binaries.program(binaries.POSTGRES, account=Account(), home=folder)
    told = [f"--config_file={configuration}", "-D", folder, *options]
    asked = {name: _run(program, "-C", name, *told) for name in names}
    return {name: done.stdout.strip() or done.stderr for name, done in asked.items()}


def test_postgresql_takes_its_configuration(tmp_path):
    configuration = tmp_path / "postgresql.conf"
    changes = {"/etc/postgresql/": f"{DOCKER}/postgres/"}
    configuration.write_text(
        deployment.rendered(DOCKER / "postgres/postgresql.conf", changes)
    )

    wanted = KEPT | ARCHIVED
    assert _taken(tmp_path, configuration, wanted) == wanted


def test_the_launcher_s_postgresql_keeps_what_the_shipped_one_keeps(tmp_path):
    configuration = tmp_path / "postgresql.conf"
    configuration.touch()
    options = [f"--{name}={value}" for name, value in postgres.SETTINGS.items()]

    assert _taken(tmp_path, configuration, KEPT, *options) == KEPT


@pytest.fixture
def valkey(tmp_path) -> Iterator[redis.Redis]:
    [port] = deployment.free_ports(1)
    (tmp_path / "password").write_text("requirepass something\n")
    changes = {
        "port 6379": f"port {port}",
        "/run/secrets/valkey_password": f"{tmp_path}/password",
        "dir /data": f"dir {tmp_path}",
    }
    configuration = tmp_path / "valkey.conf"
    configuration.write_text(
        deployment.rendered(DOCKER / "valkey/valkey.conf", changes)
    )
    program = binaries.program(binaries.VALKEY, account=Account(), home=tmp_path)
    command = [str(program), str(configuration), "--bind", "127.0.0.1"]
    with (
        deployment.started("valkey", command, folder=tmp_path, ports=[port]),
        redis.Redis(port=port, password="something") as client,
    ):
        yield client


def test_valkey_takes_its_configuration(valkey):
    assert valkey.ping()
    told = valkey.config_get("*")
    assert told["maxmemory-policy"] == "noeviction"
    assert told["appendonly"] == "yes"
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=int(told["port"])).ping()


# Telling whether a program is well


def test_a_program_that_is_gone_is_not_well(tmp_path):
    [port] = deployment.free_ports(1)
    told = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "platform"),
        "GRANIAN_PORT": str(port),
    }
    told["QUICKCART_BEAT_SCHEDULE"] = str(tmp_path / "schedule")
    ask = [sys.executable, "-m", "quickcart.liveness"]

    assert _run(*ask, "pages", env=told).returncode != 0
    assert _run(*ask, "beat", env=told).returncode != 0
    (tmp_path / "schedule.db").touch()
    assert _run(*ask, "beat", env=told).returncode == 0

    told["QUICKCART_WATCH_DIRECTORY"] = str(tmp_path)
    assert _run(*ask, "worker", env=told).returncode != 0
    (tmp_path / "worker-heartbeat").touch()
    assert _run(*ask, "worker", env=told).returncode == 0


# The handbook


def _documented() -> set[str]:
    text = (ROOT / "docs/operations.md").read_text()
    table = text.partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    return {name for cell in first for name in re.findall(r"`([A-Z_]+)`", cell)}


def test_every_setting_is_in_the_handbook_and_every_other_is_not():
    settings = ROOT / "platform/quickcart/settings"
    read = set()
    for path in [*settings.glob("parts/*.py"), settings / "production.py"]:
        text = path.read_text()
        read |= set(re.findall(r"\benv(?:\.\w+)?\(\s*\"([A-Z_]+)\"", text))
    elsewhere = {
        *("SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT", "QUICKCART_BEAT_SCHEDULE"),
        *("GRANIAN_HOST", "GRANIAN_PORT", "DJANGO_SETTINGS_MODULE"),
        *re.findall(r"\$\{(\w+)", (DOCKER / "compose.yaml").read_text()),
    }

    assert _documented() == read | elsewhere


def test_every_alert_has_a_page_in_the_runbook():
    alerts = (DOCKER / "monitoring/alerts.yml").read_text()
    runbook = (ROOT / "docs/operations.md").read_text()

    wanted = set(re.findall(r"- alert: (\w+)", alerts))
    told = set(re.findall(r"^### (\w+)$", runbook, re.MULTILINE))
    assert wanted
    assert told == wanted


def test_where_a_block_is_to_stop_at_a_failure_it_does():
    """The shell takes no notice of what fails before a `&&`, whatever `set -e` says."""
    text = (ROOT / "docs/operations.md").read_text()
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    careful = [block for block in blocks if "set -e" in block]

    assert careful
    for block in careful:
        assert "&&" not in block
