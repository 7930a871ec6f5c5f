"""The launcher's parts, each alone; programs are small stand-ins."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from quickcart.launcher import (
    __main__,
    console,
    logs,
    network,
    supervisor,
)
from quickcart.launcher.config import Config
from quickcart.launcher.errors import LauncherError
from quickcart.launcher.programs import INTAKE, LABOUR, Program, programs
from quickcart.launcher.state import Process, Run, State

WEB = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        print(self.headers["Host"], flush=True)
    def log_message(self, *words): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    port = network.next_free(20_000 + os.getpid() % 600 * 20)
    return Config(
        var=tmp_path / "with a space" / "var",
        domain="localhost",
        port=port,
        realtime_port=network.next_free(port + 1),
        original=dict(os.environ),
    )


@pytest.fixture
def state(config: Config) -> State:
    config.var.mkdir(parents=True)
    return State(config.var)


def stand_in(name: str, body: str, *arguments: object, **options: object) -> Program:
    argv = (sys.executable, "-c", body, *map(str, arguments))
    defaults = {"colour": "green", "stage": LABOUR, "patience": 3.0}
    return Program(name=name, argv=argv, **(defaults | options))


def web(config: Config, name: str = "web", port: int | None = None) -> Program:
    return stand_in(name, WEB, port or config.port, stage=INTAKE, is_awaited=True)


def until(condition, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(condition())


# Ports


def test_a_port_in_use_is_refused_with_its_user_and_the_way_out(config):
    with socket.socket() as other:
        # As `is_free` does: a connection that ended a moment ago is nobody.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((network.LOOPBACK, config.port))
        other.listen()

        with pytest.raises(LauncherError) as no:
            network.require_free(config.port)

    assert f"Port {config.port} is in use" in no.value.message
    assert f"process {os.getpid()}" in no.value.message
    assert "QUICKCART_PORT=" in no.value.hint


def test_the_next_free_port_skips_what_is_taken(config):
    with socket.socket() as other:
        # As `is_free` does: a connection that ended a moment ago is nobody.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((network.LOOPBACK, config.port))
        other.listen()

        assert network.next_free(config.port) > config.port


# State


def test_a_process_is_not_mistaken_for_a_later_one_with_its_number():
    this = Process.of(os.getpid())
    earlier = Process(pid=os.getpid(), started=this.started - 1)

    assert this.is_alive()
    assert not earlier.is_alive()


def test_only_one_launcher_holds_a_directory(state):
    with state.hold():
        assert state.is_held()
        with pytest.raises(BlockingIOError), state.hold():
            pass

    assert not state.is_held()


def test_a_killed_launchers_programs_are_found_and_ended(config, state):
    left = subprocess.Popen(["sleep", "60"], start_new_session=True)
    run = Run.begin(config)
    run.programs = {"worker": Process.of(left.pid)}
    state.write(run)

    assert state.end_leftovers() == ["worker"]

    assert left.wait(5) == -signal.SIGTERM
    assert state.end_leftovers() == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"launcher": 3}', "null"])
def test_a_spoilt_state_file_reads_as_no_run(state, text):
    state.path.write_text(text)

    assert state.read() is None


# Steps and programs they run


def test_a_step_says_what_it_does_and_how_long_it_took(capsys):
    with console.step("Something"):
        console.detail("a detail")

    assert re.search(r"Something\s+\d+\.\d s", capsys.readouterr().out)


def test_a_programs_words_are_passed_on_and_its_failure_told():
    said: list[str] = []
    program = "print('one'); print('two'); raise SystemExit(3)"

    with pytest.raises(LauncherError, match=r"failed \(3\)") as no:
        console.run([sys.executable, "-c", program], tell=said.append)

    assert said == ["one", "two"]
    assert "two" in no.value.message


def test_a_program_that_is_left_is_terminated():
    with console.Job(["sleep", "60"]) as job:
        pass

    assert job.process.returncode == -signal.SIGTERM


def test_a_missing_program_is_a_sentence():
    with pytest.raises(LauncherError, match="cannot be run"):
        console.run(["/no/such/program"])


# Logs


def test_a_follower_gives_whole_lines_and_survives_trimming(tmp_path, monkeypatch):
    log = tmp_path / "web.log"
    log.write_text("from before\n")
    follower = logs.Follower(log)
    with log.open("a") as writer:
        writer.write("one\ntw")
        writer.flush()
        assert list(follower.lines()) == ["one"]
        writer.write("o\n")
        writer.flush()
        assert list(follower.lines()) == ["two"]

        monkeypatch.setattr(logs, "LIMIT", 3)
        logs.trim(log)
        writer.write("new\n")

    assert list(follower.lines()) == ["new"]
    assert "from before" in (tmp_path / "web.log.1").read_text()


# Static files


def test_the_programs_are_run_as_modules_of_this_interpreter(config):
    for program in programs(config):
        assert program.argv[:2] == (sys.executable, "-m")


def test_web_is_asked_for_pages_and_lets_so_many_in(config):
    argv = " ".join(programs(config)[0].argv)

    assert "--interface wsgi" in argv
    assert "--backpressure 512" in argv


# The supervisor


@pytest.fixture
def run_with(config, state, monkeypatch):
    """Supervise stand-ins in a thread; yields a function that starts it."""
    monkeypatch.setattr(supervisor.services, "check", lambda var: [])
    running: list[tuple[supervisor.Supervisor, threading.Thread]] = []

    def start(*stand_ins: Program) -> supervisor.Supervisor:
        monkeypatch.setattr(supervisor, "programs", lambda config: stand_ins)
        it = supervisor.Supervisor(config, state, follow=False)

        def work() -> None:
            try:
                it.start(awaited=True)
                if it.wait_until_ready():
                    it.start(awaited=False)
                    it.watch()
            finally:
                it.stop()

        thread = threading.Thread(target=work)
        thread.start()
        running.append((it, thread))
        return it

    yield start
    for it, thread in running:
        it.signals.append(signal.SIGTERM)
        thread.join(15)
        assert not thread.is_alive()


def is_ready(state: State, *names: str) -> bool:
    run = state.read()
    return run is not None and run.is_ready and set(names) <= set(run.programs)


def test_it_is_ready_when_both_servers_answer_and_then_starts_the_rest(
    config, state, run_with
):
    run_with(
        web(config),
        web(config, "realtime", config.realtime_port),
        stand_in("worker", "import time; time.sleep(60)"),
    )

    assert until(lambda: is_ready(state, "web", "realtime", "worker"))
    host = (config.var / "log" / "web.log").read_text().splitlines()[0]
    assert host == f"localhost:{config.port}"


def test_a_program_that_falls_is_started_again_and_said_so(
    config, state, run_with, capsys
):
    run_with(
        web(config),
        web(config, "realtime", config.realtime_port),
        stand_in("worker", "import time; time.sleep(60)"),
    )
    assert until(lambda: is_ready(state, "worker"))
    first = state.read().programs["worker"]

    first.send(signal.SIGKILL)

    assert until(
        lambda: is_ready(state, "worker") and state.read().programs["worker"] != first
    )
    assert "worker ended unexpectedly (signal SIGKILL)" in capsys.readouterr().out


def test_a_program_that_never_comes_up_ends_the_start_with_its_last_words(
    config, state, monkeypatch
):
    monkeypatch.setattr(supervisor.services, "check", lambda var: [])
    monkeypatch.setattr(supervisor, "LONGEST_BACKOFF", 0.1)
    broken = stand_in("web", "raise SystemExit('no such setting')", is_awaited=True)
    monkeypatch.setattr(supervisor, "programs", lambda config: [broken])
    it = supervisor.Supervisor(config, state, follow=False)

    it.start(awaited=True)
    with pytest.raises(LauncherError, match="no such setting"):
        it.wait_until_ready()
    it.stop()


def test_a_program_that_will_not_go_is_killed_with_its_workers(config, state, run_with):
    stubborn = (
        "import signal, subprocess, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '61'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)"
    )
    it = run_with(
        web(config),
        web(config, "realtime", config.realtime_port),
        stand_in("worker", stubborn, patience=0.3),
    )
    log = config.var / "log" / "worker.log"
    assert until(lambda: is_ready(state, "worker") and log.read_text().strip())
    grandchild = Process.of(int(log.read_text()))
    assert grandchild.is_alive()

    it.signals.append(signal.SIGTERM)

    assert until(lambda: not grandchild.is_alive())
    assert until(lambda: state.read() is None)


# Its commands


def test_every_listed_command_is_understood():
    for command in ("up", "down", "status", "reset", "setup", "test-tools"):
        assert __main__.parse([command]).command == command
    assert __main__.parse(["up", "--detach"]).detach
