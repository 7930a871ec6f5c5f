"""granian, with one listening socket that outlives its workers.

On Linux each of granian's workers listens for itself, and when it is replaced what
waits in its queue is reset; a worker that takes longer to start than granian guesses
leaves nobody who listens at all. Here the main process listens and the workers
inherit, as granian has it for sockets with a path: while workers are replaced,
requests wait for a moment instead of failing.

A worker that is asked to end hangs up on everybody who is connected and has not asked
for anything yet. So the kernel keeps a connection until its first bytes are there
(TCP_DEFER_ACCEPT): whoever was slow to ask is answered by the next worker. And a worker
is not asked to end before the one after it has loaded the application, however long
that takes on a busy machine.

What waits for a page waits in the queue of its shop (`quickcart.turns`).

Run as `python -m quickcart.serve`, with granian's own arguments.
"""

import multiprocessing
import signal
import socket
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Event
from typing import Any

from granian import cli
from granian.constants import Interfaces
from granian.net import SocketSpec
from granian.server import MPServer, mp

#: Seconds the kernel waits for the first bytes; then the worker does, and closes.
FIRST_BYTES = 10
#: Seconds a new worker has to load the application; then the old one goes anyway.
LONGEST_LOAD, LOOK = 60.0, 0.2

_wrap = mp._wsgi_call_wrap  # noqa: SLF001 (granian has no other place for it)


def _in_turn(*told: Any) -> Any:
    # In the worker: one that is started anew comes with its own release's.
    from quickcart import turns

    return turns.Door(_wrap(*told))


def _load(load: Callable[[], Any], is_loaded: Event) -> Any:
    # In the worker, which has inherited the main process's handler: until it serves and
    # has one of its own it would not hear that it shall end, and be killed in the end.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    application = load()
    is_loaded.set()
    return application


class Server(MPServer):
    """granian's server, listening for its workers."""

    _is_renewing = False

    def _respawn_workers(self, *told: Any, delay: float = 0, **more: Any) -> None:
        # Without a delay they have died: nobody is kept waiting for the next.
        self._is_renewing = delay > 0
        try:
            super()._respawn_workers(*told, delay=delay, **more)
        finally:
            self._is_renewing = False

    def _spawn_worker(
        self, idx: int, target: Any, callback_loader: Callable[[], Any]
    ) -> mp.WorkerProcess:
        is_loaded = multiprocessing.Event()
        load = partial(_load, callback_loader, is_loaded)
        worker = super()._spawn_worker(idx, target, load)
        if self._is_renewing:
            worker.start = partial(self._start, worker, worker.start, is_loaded)
        return worker

    def _start(
        self, worker: mp.WorkerProcess, start: Callable[[], None], is_loaded: Event
    ) -> None:
        start()
        for _look in range(int(LONGEST_LOAD / LOOK)):
            if is_loaded.wait(LOOK) or self.interrupt_signal or not worker.is_alive():
                return

    def _init_shared_socket(self) -> None:
        if self.bind_uds:
            super()._init_shared_socket()
            return
        self._ssp = None
        self._shd = SocketSpec(self.bind_addr, self.bind_port, self.backlog).build()
        self._sfd = self._shd.get_fd()
        self._sso = socket.socket(fileno=self._sfd)
        self._sso.set_inheritable(True)
        if defer := getattr(socket, "TCP_DEFER_ACCEPT", None):
            self._sso.setsockopt(socket.IPPROTO_TCP, defer, FIRST_BYTES)

    def serve(self, *told: Any, **options: Any) -> None:
        if self.interface == Interfaces.WSGI:
            # They only sort what arrives, or wait with a body in hand, as many as are
            # let in. granian's own class does no more here than warn of many.
            self.blocking_threads = self.backpressure
        super(MPServer, self).serve(*told, **options)


# Where workers are spawned and not forked, they import this module for it.
mp._wsgi_call_wrap = _in_turn  # noqa: SLF001

if __name__ == "__main__":
    cli.Server = Server
    cli.entrypoint()
