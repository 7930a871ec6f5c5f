"""Runs the programs: starts them, starts again what falls over, stops them all."""

# ruff: noqa: S603 (no shell, and nothing in a command comes from outside)

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from types import FrameType

from quickcart import services

from . import console, logs, network, toolchain
from .config import Config
from .errors import LauncherError
from .programs import Program, programs
from .state import Process, Run, State

TICK = 0.15
SERVICE_CHECK = 3.0
STEADY = 60.0
LONGEST_BACKOFF = 30.0
START_PATIENCE = 120.0
# So many falls before the first answer mean that it never will.
HOPELESS = 3
#: Asks a launcher to replace its programs, one by one.
RENEW = signal.SIGUSR1
#: Seconds a worker has to start before the one before it is stopped.
HEADSTART = 8.0


class Child:
    """A program and the process that is it at the moment."""

    def __init__(self, program: Program, config: Config) -> None:
        self.program = program
        self.config = config
        self.log = config.var / "log" / f"{program.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.falls = 0
        self.started_at = 0.0
        self.retry_at = 0.0

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        logs.trim(self.log)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.program.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=toolchain.ROOT,
                env=self.config.environment(),
                # Ctrl-C is for the launcher, which stops the programs in order.
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def kill_group(self) -> None:
        """End the program and every worker it has."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def note_fall(self) -> float:
        """Plan the next start after an unexpected end; return in how many seconds."""
        if time.monotonic() - self.started_at > STEADY:
            self.falls = 0
        self.falls += 1
        # Workers of a fallen program would keep its port.
        self.kill_group()
        pause = min(2.0 ** (self.falls - 1), LONGEST_BACKOFF)
        self.retry_at = time.monotonic() + pause
        self.process = None
        return pause


class Supervisor:
    """The running network, from the first program's start to the last one's end."""

    def __init__(self, config: Config, state: State, *, follow: bool) -> None:
        self.config = config
        self.state = state
        self.children = [Child(program, config) for program in programs(config)]
        self.followers = (
            {child.program.name: logs.Follower(child.log) for child in self.children}
            if follow
            else {}
        )
        self.signals: list[int] = []
        self.is_to_renew = False
        self.next_service_check = 0.0
        self.run = Run.begin(config)

    @contextlib.contextmanager
    def handling_signals(self) -> Iterator[None]:
        def note(number: int, frame: FrameType | None) -> None:
            self.signals.append(number)
            if self.is_hurried():
                console.say("Stopping at once.")

        def renew(number: int, frame: FrameType | None) -> None:
            self.is_to_renew = True

        watched = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, note) for number in watched}
        before[RENEW] = signal.signal(RENEW, renew)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def is_hurried(self) -> bool:
        """Say whether a second signal has asked not to wait any longer."""
        return len(self.signals) > 1

    def start(self, *, awaited: bool) -> None:
        """Start the programs that people wait for, or the others."""
        for child in self.children:
            if child.program.is_awaited is awaited:
                child.start()
        self._record()

    def wait_until_ready(self) -> bool:
        """Wait for the first healthy answer; False if asked to stop before.

        Raises:
            LauncherError: a program falls again and again, or nothing answers.
        """
        deadline = time.monotonic() + START_PATIENCE
        while not self.signals:
            self._tend()
            self._refuse_hopeless()
            if self._answers():
                self.run.is_ready = True
                self._record()
                return True
            if time.monotonic() > deadline:
                raise self._silence("web", f"no answer in {START_PATIENCE:.0f} s")
            time.sleep(TICK)
        return False

    def _answers(self) -> bool:
        return network.is_healthy(
            self.config.port, self.config.domain
        ) and network.is_open(self.config.realtime_port)

    def _refuse_hopeless(self) -> None:
        for child in self.children:
            if child.falls >= HOPELESS:
                raise self._silence(
                    child.program.name, f"fell over {child.falls} times"
                )

    def _silence(self, name: str, why: str) -> LauncherError:
        path = self.config.var / "log" / f"{name}.log"
        last = "\n".join(logs.last_lines(path))
        return LauncherError(f"{name} does not start ({why}):\n{last}", f"Log: {path}")

    def watch(self) -> None:
        """Keep everything running until asked to stop."""
        while not self.signals:
            self._tend()
            self._show_logs()
            if self.is_to_renew:
                self.is_to_renew = False
                self._renew()
            time.sleep(TICK)

    def _tend(self) -> None:
        now = time.monotonic()
        if now >= self.next_service_check:
            self.next_service_check = now + SERVICE_CHECK
            self._tend_services()
        for child in self.children:
            if child.process is not None and not child.is_running():
                code = child.process.returncode
                pause = child.note_fall()
                console.say(
                    f"{child.program.name} ended unexpectedly ({_ending(code)}); "
                    f"it is started again in {pause:.0f} s. Log: {child.log}"
                )
            elif child.falls and child.process is None and now >= child.retry_at:
                child.start()
                self._record()

    def _tend_services(self) -> None:
        try:
            for label in services.check(self.config.var):
                console.say(f"{label} had ended unexpectedly and was started again.")
        except services.ServiceError as error:
            console.complain(error.message, error.hint)
            self.next_service_check += LONGEST_BACKOFF
        for child in self.children:
            logs.trim(child.log)

    def _show_logs(self) -> None:
        for child in self.children:
            if follower := self.followers.get(child.program.name):
                name = console.paint(f"{child.program.name:>8}", child.program.colour)
                for line in follower.lines():
                    console.say(f"{name} | {line}")

    def _renew(self) -> None:
        """Have every program run today's code, while others do its work."""
        console.say("Restarting, one after the other …")
        for child in self.children:
            if child.program.is_renewable:
                child.send(signal.SIGHUP)
            else:
                self._replace(child)
        self.run.renewed += 1
        self._record()

    def _replace(self, child: Child) -> None:
        before = child.process
        if child.program.may_be_two:
            child.start()
            self._pass_time(HEADSTART)
        if before is not None:
            before.terminate()
            self._pass_time(child.program.patience, unless=before.poll)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(before.pid, signal.SIGKILL)
            before.wait()
        if not child.program.may_be_two:
            child.start()

    def _pass_time(
        self, seconds: float, *, unless: Callable[[], int | None] = lambda: None
    ) -> None:
        """Wait, with the logs shown, until time is up or an end is called for."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.signals and unless() is None:
            self._show_logs()
            time.sleep(0.05)

    def _record(self) -> None:
        self.run.programs = {
            child.program.name: Process.of(child.process.pid)
            for child in self.children
            if child.process is not None
        }
        # A disk that is full must not end what runs.
        with contextlib.suppress(OSError):
            self.state.write(self.run)

    def stop(self) -> None:
        """Stop the programs, those that take work in first."""
        for stage in sorted({child.program.stage for child in self.children}):
            group = [c for c in self.children if c.program.stage == stage]
            for child in group:
                child.send(signal.SIGTERM)
            self._await_end(group)
            for child in group:
                child.kill_group()
                child.process = None
        self.state.clear()

    def _await_end(self, group: list[Child]) -> None:
        began = time.monotonic()

        def is_waited_for(child: Child) -> bool:
            waited = time.monotonic() - began
            return child.is_running() and waited < child.program.patience

        while any(map(is_waited_for, group)) and not self.is_hurried():
            self._show_logs()
            time.sleep(0.05)
        self._show_logs()


def _ending(code: int) -> str:
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"status {code}"


def supervise(
    config: Config, state: State, *, follow: bool, when_ready: Callable[[], None]
) -> bool:
    """Run everything until asked to stop; say whether it had become ready.

    Raises:
        LauncherError: it does not come up.
    """
    supervisor = Supervisor(config, state, follow=follow)
    with supervisor.handling_signals():
        try:
            with console.step("Web, realtime, worker, beat"):
                supervisor.start(awaited=True)
                ready = supervisor.wait_until_ready()
                if ready:
                    supervisor.start(awaited=False)
            if ready:
                when_ready()
                supervisor.watch()
        finally:
            console.say("\nStopping …")
            supervisor.stop()
    return ready
