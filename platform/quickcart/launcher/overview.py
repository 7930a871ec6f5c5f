"""`make status`: what runs, where, and whether it is well."""

import argparse

from quickcart import services
from quickcart.services.server import Server

from . import console, network
from .config import Config
from .state import Run, State

NOT_RUNNING = 3
Row = tuple[str, str, str, str]


def show(options: argparse.Namespace, config: Config) -> int:
    """Print a table of the parts; return 0 if QuickCart runs and is ready."""
    state = State(config.var)
    run = state.read()
    servers = services.find_servers(config.var)
    rows = [
        ("PART", "PROCESS", "ADDRESS", "STATE"),
        *(_server(server, config) for server in servers),
        *(_program(name, run) for name in ("web", "realtime", "worker", "beat")),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        console.say("  ".join(map(str.ljust, row, widths)).rstrip())
    console.say(f"\nData and logs: {config.var}")
    if not state.is_held() and any(row[1] != "-" for row in rows[1:]):
        console.say(
            "No launcher watches over this. `make up` puts it right, `make down` "
            "stops what is left."
        )
    return 0 if state.is_held() and run and run.is_ready else NOT_RUNNING


def _server(server: Server, config: Config) -> Row:
    if config.original.get(server.variable):
        return server.label, "-", "-", f"as {server.variable} says"
    pid = server.pid()
    if pid is None:
        return server.label, "-", "-", "stopped"
    address = f"{network.LOOPBACK}:{server.port}"
    return server.label, str(pid), address, _health(is_well=server.is_ready())


def _program(name: str, run: Run | None) -> Row:
    process = run.programs.get(name) if run else None
    if run is None or process is None or not process.is_alive():
        return name, "-", "-", "stopped"
    address, is_well = "-", True
    if name == "web":
        address = f"http://{run.domain}:{run.port}/"
        is_well = network.is_healthy(run.port, run.domain)
    elif name == "realtime":
        address = f"ws://{run.domain}:{run.realtime_port}/ws/"
        is_well = network.is_open(run.realtime_port)
    health = f"{_health(is_well=is_well)}, for {_duration(process.age())}"
    return name, str(process.pid), address, health


def _health(*, is_well: bool) -> str:
    return "healthy" if is_well else "does not answer"


def _duration(seconds: float) -> str:
    hours, minutes = divmod(int(seconds // 60), 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"
