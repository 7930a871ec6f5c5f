"""up, down, reset: what the commands do, inside the virtual environment."""

import argparse
import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from quickcart import services

from . import config as configuration
from . import console, ground, logs, network, overview, preparation, toolchain
from .config import Config
from .errors import LauncherError
from .state import Run, State
from .supervisor import RENEW, START_PATIENCE, supervise

DOWN_PATIENCE = 40.0
RENEWAL_PATIENCE = 60.0
# All that QuickCart itself writes into its var directory. Anything else there is
# somebody's, and stays.
OURS = (
    *("postgres", "valkey", "runtime", "log", "media", "watch"),
    *("secret_key", "services-home", "run.json", "accounts.txt"),
)


def run(options: argparse.Namespace) -> int:
    """Do what was asked; return the exit status."""
    doors = {
        "up": up,
        "supervise": in_background,
        "down": down,
        "restart": restart,
        "status": overview.show,
        "reset": reset,
    }
    # A terminal that closes or a `kill` must leave as orderly as Ctrl-C does.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        return doors[options.command](options, configuration.load())
    except services.ServiceError as error:
        raise LauncherError(error.message, error.hint) from error


# up


def up(options: argparse.Namespace, config: Config) -> int:
    """Start everything; follow the logs, or return once it is ready."""
    began = time.monotonic()
    state = State(config.var)
    try:
        with state.hold():
            _make_ready(config, state)
            if not options.detach:
                supervise(
                    config,
                    state,
                    follow=True,
                    when_ready=lambda: _welcome(config, began),
                )
                _leave(config)
                return 0
    except BlockingIOError:
        return _already_running(config, state)
    _detach(config, state)
    _welcome(config, began, detached=True)
    services.release(config.var)
    return 0


def _make_ready(config: Config, state: State) -> None:
    if leftovers := state.end_leftovers():
        console.say(
            "The last run was killed; what it had left running is stopped: "
            f"{', '.join(leftovers)}."
        )
    state.write(Run.begin(config))
    network.require_free(config.port)
    network.require_free(config.realtime_port)
    toolchain.check_disk(config.var)
    preparation.prepare(config)


def _already_running(config: Config, state: State) -> int:
    run = state.read()
    if run is None or not run.is_ready:
        console.say("QuickCart is being started by another `make up`.")
        return 0
    console.say(f"QuickCart is already running (process {run.launcher.pid}).")
    console.say(_ask_accounts(dataclasses.replace(config, port=run.port)))
    console.say("`make status` shows its parts, `make down` stops it.")
    return 0


def _ask_accounts(config: Config) -> str:
    """Return the table of addresses and demo sign-ins as it is now."""
    services.ensure_environment(toolchain.ROOT)
    try:
        with preparation.manage(config, "demo_accounts") as job:
            return job.finish(tell=lambda line: None)
    except LauncherError:
        return _address(config)


def _kept_accounts(config: Config) -> str:
    """Return the table as it was when the ground was laid."""
    try:
        return (config.var / ground.ACCOUNTS).read_text().rstrip()
    except OSError:
        return _address(config)


def _address(config: Config) -> str:
    return f"The hub: http://{config.domain}:{config.port}/"


def _welcome(config: Config, began: float, *, detached: bool = False) -> None:
    console.say(f"\n{_kept_accounts(config)}\n")
    console.say(f"Ready after {time.monotonic() - began:.1f} s.")
    if detached:
        console.say("`make status` shows its parts, `make down` stops it.")
        console.say(f"Logs: {config.var / 'log'}")
    else:
        console.say("Ctrl-C stops everything. The logs follow.\n")


def _leave(config: Config) -> None:
    services.release(config.var)
    console.say("Stopped. The data are kept; `make up` starts again.")


def _detach(config: Config, state: State) -> None:
    """Start a launcher in the background and wait until it reports ready.

    Raises:
        LauncherError: it does not come up.
    """
    log = config.var / "log" / "launcher.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with console.step("Web, realtime, worker, beat"), log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "quickcart.launcher", "supervise"],
            # Its own lease on the servers, not addresses handed down.
            env=config.original,
            cwd=toolchain.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_PATIENCE + 30
        while time.monotonic() < deadline:
            run = state.read()
            if run and run.is_ready and run.launcher.pid == process.pid:
                process.returncode = 0  # It is nobody's child from here on.
                return
            if process.poll() is not None:
                break
            time.sleep(0.1)
    last = "\n".join(logs.last_lines(log))
    raise LauncherError(f"QuickCart does not come up:\n{last}", f"Log: {log}")


def in_background(options: argparse.Namespace, config: Config) -> int:
    """Be the launcher that `up --detach` leaves behind."""
    state = State(config.var)
    with state.hold():
        services.ensure_environment(toolchain.ROOT)
        supervise(config, state, follow=False, when_ready=lambda: None)
        _leave(config)
    return 0


# down


def down(options: argparse.Namespace, config: Config) -> int:
    """Stop everything, also what a killed launcher left."""
    state = State(config.var)
    if not config.var.exists() or not _is_anything_up(config, state):
        console.say("QuickCart is not running.")
        return 0
    with console.step("Stopping QuickCart"):
        if state.is_held() and (run := state.read()):
            _ask_to_stop(run.launcher.pid, state)
        state.end_leftovers()
        if not services.stop(config.var):
            console.detail("PostgreSQL and Valkey go on: another command uses them.")
    return 0


def _is_anything_up(config: Config, state: State) -> bool:
    if state.is_held() or any(s.pids() for s in services.find_servers(config.var)):
        return True
    run = state.read()
    return run is not None and any(p.is_alive() for p in run.programs.values())


def _ask_to_stop(launcher: int, state: State) -> None:
    os.kill(launcher, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_PATIENCE
    while state.is_held():
        if time.monotonic() > deadline:
            os.kill(launcher, signal.SIGKILL)
            return
        time.sleep(0.05)


# restart


def restart(options: argparse.Namespace, config: Config) -> int:
    """Have a running QuickCart replace its programs one by one.

    Raises:
        LauncherError: they are not replaced in time.
    """
    state = State(config.var)
    run = state.read() if state.is_held() else None
    if run is None or not run.is_ready:
        console.say("QuickCart is not running. `make up` starts it.")
        return 1
    with console.step("Restarting QuickCart, one program after the other"):
        run.launcher.send(RENEW)
        _wait_for_renewal(state, run.renewed)
    return 0


def _wait_for_renewal(state: State, before: int) -> None:
    deadline = time.monotonic() + RENEWAL_PATIENCE
    while time.monotonic() < deadline:
        run = state.read()
        if run is not None and run.renewed > before:
            return
        time.sleep(0.1)
    raise LauncherError("The programs were not replaced.", "Look at `make status`.")


# reset


def reset(options: argparse.Namespace, config: Config) -> int:
    """Delete everything QuickCart has stored, after asking."""
    doomed = [config.var / name for name in OURS if (config.var / name).exists()]
    doomed += config.var.glob("beat-schedule*") if config.var.exists() else []
    if not doomed:
        console.say(f"There are no data in {config.var}.")
        return 0
    console.say(f"This deletes all shops, orders, pictures and logs in {config.var}.")
    if not config.is_embedded:
        console.say("What DATABASE_URL and REDIS_URL name is not touched.")
    if not options.yes and not _is_meant():
        console.say("Nothing was deleted.")
        return 0
    down(options, config)
    if any(server.pids() for server in services.find_servers(config.var)):
        raise LauncherError(
            "Another command still uses PostgreSQL; nothing was deleted.",
            "End it (a shell, runserver, tests) and try again.",
        )
    with console.step("Deleting the data"):
        _delete(config, doomed)
    return 0


def _is_meant() -> bool:
    try:
        return input("Type yes to go on: ").strip().lower() == "yes"
    except EOFError:
        return False


def _delete(config: Config, doomed: list[Path]) -> None:
    homes = {server.directory for server in services.find_servers(config.var)}
    for path in (*homes, *doomed):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
