"""The embedded servers, against real ones in a directory of each test's own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from quickcart import services
from quickcart.services import account, binaries, place, ports, processes
from quickcart.services.postgres import Postgres
from quickcart.services.valkey import Valkey

SOURCE = Path(services.__file__).parents[2]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "a path with spaces" / "var"
    yield directory
    services.release(var)
    for server in services.find_servers(directory):
        server.stop()


@pytest.fixture
def postgres(var: Path) -> Postgres:
    return Postgres(var)


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def another_process(var: Path, body: str) -> "subprocess.Popen[str]":
    program = (
        "import os, sys, time; from pathlib import Path\n"
        "from quickcart import services\n"
        f"endpoints = services.use(Path({str(var)!r}))\n"
        f"print(endpoints.database_url, flush=True)\n{body}\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def remember_a_row(url: str) -> None:
    ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")


def assert_the_row_is_there(url: str) -> None:
    assert ask(url, "SELECT answer FROM kept") == [(42,)]


def test_both_servers_start_with_the_settings_a_network_of_schemas_needs(var):
    endpoints = services.use(var)

    settings = dict(
        ask(endpoints.database_url, "SELECT name, setting FROM pg_settings")
    )
    assert settings["server_version_num"].startswith("18")
    assert settings["max_locks_per_transaction"] == "1024"
    assert settings["max_connections"] == "200"
    assert settings["fsync"] == "on"
    assert settings["TimeZone"] == "UTC"
    assert settings["listen_addresses"] == ports.LOOPBACK
    assert settings["unix_socket_directories"] == ""
    assert settings["server_encoding"] == "UTF8"
    policy = Valkey(var)._ask(
        f"AUTH {Valkey(var).password}", "CONFIG GET maxmemory-policy appendonly"
    )
    assert b"noeviction" in policy
    assert b"yes" in policy


def test_the_second_start_is_quick_keeps_the_data_and_the_addresses(var):
    first = services.use(var)
    remember_a_row(first.database_url)
    services.release(var)
    assert Postgres(var).pids() == Valkey(var).pids() == []

    began = time.monotonic()
    second = services.use(var)

    assert time.monotonic() - began < 3
    assert second == first
    assert_the_row_is_there(second.database_url)


def test_without_the_password_nothing_is_answered(var):
    endpoints = services.use(var)

    with pytest.raises(psycopg2.OperationalError, match="password authentication"):
        psycopg2.connect(endpoints.database_url, password="guess")
    assert b"NOAUTH" in Valkey(var)._ask("PING")
    assert (var / "postgres").stat().st_mode & 0o077 == 0
    assert (var / "valkey" / "password").stat().st_mode & 0o077 == 0


def test_whoever_leaves_first_does_not_stop_the_servers_of_others(var, postgres):
    services.use(var)
    guest = another_process(var, "sys.stdin.readline()")
    assert guest.stdout
    guest.stdout.readline()

    services.release(var)
    assert postgres.is_ready()
    assert not services.stop(var)

    guest.communicate("leave\n", timeout=20)
    assert postgres.pids() == []


def test_a_user_that_is_killed_is_forgotten(var, postgres):
    killed = another_process(var, "time.sleep(60)")
    assert killed.stdout
    killed.stdout.readline()
    killed.kill()
    killed.communicate()
    assert postgres.is_ready()

    services.use(var)
    services.release(var)

    assert postgres.pids() == []


def test_a_forked_child_does_not_stop_its_parents_servers(var, postgres):
    services.use(var)

    if (child := os.fork()) == 0:
        services.release(var)
        os._exit(0)
    os.waitpid(child, 0)

    assert postgres.is_ready()


def test_after_kill_9_both_start_again_with_all_data(var, postgres):
    endpoints = services.use(var)
    remember_a_row(endpoints.database_url)
    main = postgres.pid()
    assert main

    os.kill(main, signal.SIGKILL)
    os.kill(Valkey(var).pids()[0], signal.SIGKILL)
    assert processes.wait(lambda: postgres.pid() is None, 5)

    assert services.check(var) == ["PostgreSQL", "Valkey"]
    assert services.check(var) == []
    assert_the_row_is_there(endpoints.database_url)


def test_an_interrupted_initdb_is_done_again(var, postgres):
    draft = postgres.directory / "data.new"
    (draft / "global").mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")

    services.use(var)

    assert postgres.is_ready()
    assert not draft.exists()


def test_half_a_data_directory_is_set_aside_and_not_deleted(var, postgres):
    (postgres.data / "base").mkdir(parents=True)
    (postgres.data / "base" / "1").write_text("somebody's")

    services.use(var)

    assert postgres.is_ready()
    (aside,) = postgres.directory.glob("data.broken-*")
    assert (aside / "base" / "1").read_text() == "somebody's"


def test_a_lost_password_is_replaced_and_the_data_kept(var, postgres):
    endpoints = services.use(var)
    remember_a_row(endpoints.database_url)
    services.release(var)
    (postgres.directory / "password").unlink()

    again = services.use(var)

    assert again.database_url != endpoints.database_url
    assert_the_row_is_there(again.database_url)


def test_a_wrong_password_file_is_replaced_and_the_data_kept(var, postgres):
    endpoints = services.use(var)
    remember_a_row(endpoints.database_url)
    services.release(var)
    (postgres.directory / "password").write_text("wrong\n")

    assert_the_row_is_there(services.use(var).database_url)


def test_a_remembered_port_that_others_took_is_replaced(var, postgres):
    services.use(var)
    before = postgres.port
    services.release(var)
    assert before
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind((ports.LOOPBACK, before))
        thief.listen()

        services.use(var)

    assert postgres.port != before
    assert postgres.is_ready()


def test_a_stale_lock_with_a_reused_process_id_does_not_keep_us_out(var, postgres):
    endpoints = services.use(var)
    remember_a_row(endpoints.database_url)
    services.release(var)
    sleeper = subprocess.Popen(["sleep", "60"])
    lock = [str(sleeper.pid), str(postgres.data), "0", "1", "", "", "  1  1", "ready"]
    (postgres.data / "postmaster.pid").write_text("\n".join(lock) + "\n")

    try:
        assert_the_row_is_there(services.use(var).database_url)
    finally:
        sleeper.kill()
        sleeper.wait()


def test_data_of_another_version_are_refused_with_the_way_out(var, postgres):
    services.use(var)
    services.release(var)
    (postgres.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(services.ServiceError, match="written by PostgreSQL 17") as no:
        services.use(var)

    assert "QUICKCART_VAR" in no.value.hint


def test_a_spoilt_append_only_file_does_not_keep_valkey_down(var):
    services.use(var)
    services.release(var)
    (log,) = (var / "valkey" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"*1\r\n$999999999\r\nnonsense*2\r\n")

    services.use(var)

    assert Valkey(var).is_ready()


def test_a_full_disk_is_told_before_anything_is_written(var, monkeypatch):
    monkeypatch.setattr(place, "MINIMUM_FREE", 2**62)

    with pytest.raises(services.ServiceError, match="is full"):
        services.use(var)

    assert not (var / "postgres").exists()


def test_a_missing_wheel_is_named_with_both_ways_out(var, monkeypatch):
    monkeypatch.setattr(binaries.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(services.ServiceError, match="not installed") as no:
        services.use(var)

    assert "requirements.txt" in no.value.hint
    assert "DATABASE_URL" in no.value.hint


def test_a_file_where_the_directory_should_be_is_a_clear_refusal(tmp_path):
    (tmp_path / "var").write_text("not a directory")

    with pytest.raises(services.ServiceError, match="cannot be written"):
        services.use(tmp_path / "var")


@needs_root
def test_root_without_namespaces_runs_them_as_nobody(var, postgres, monkeypatch):
    monkeypatch.setattr(account, "NAMESPACE", ("false",))
    for parent in (var.parent, *var.parent.parents[:3]):
        if parent.name:
            parent.mkdir(exist_ok=True)
            parent.chmod(0o755)

    endpoints = services.use(var)

    assert postgres.data.stat().st_uid == account.nobody().uid
    remember_a_row(endpoints.database_url)
    services.release(var)
    monkeypatch.undo()
    assert_the_row_is_there(services.use(var).database_url)


@needs_root
def test_where_nobody_cannot_enter_the_data_move_out(tmp_path, var, monkeypatch):
    home = Path("/var/tmp") / f"quickcart-test-{os.getpid()}"
    monkeypatch.setattr(account, "NAMESPACE", ("false",))
    monkeypatch.setattr(place, "SYSTEM", home)
    var.mkdir(parents=True)
    var.parent.chmod(0o700)

    try:
        remember_a_row(services.use(var).database_url)
        services.release(var)
        assert_the_row_is_there(services.use(var).database_url)
        assert home in Postgres(var).data.parents
    finally:
        services.release(var)
        subprocess.run(["rm", "-rf", home], check=True)
