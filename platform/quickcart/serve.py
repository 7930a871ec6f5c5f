"""granian, with one listening socket that outlives its workers.

On Linux each of granian's workers listens for itself, and when it is replaced what
waits in its queue is reset; a worker that takes longer to start than granian guesses
leaves nobody who listens at all. Here the main process listens and the workers
inherit, as granian has it for sockets with a path: while workers are replaced,
requests wait for a moment instead of failing.

Run as `python -m quickcart.serve`, with granian's own arguments.
"""

import socket

from granian import cli
from granian.net import SocketSpec
from granian.server import MPServer


class Server(MPServer):
    """granian's server, listening for its workers."""

    def _init_shared_socket(self) -> None:
        if self.bind_uds:
            super()._init_shared_socket()
            return
        self._ssp = None
        self._shd = SocketSpec(self.bind_addr, self.bind_port, self.backlog).build()
        self._sfd = self._shd.get_fd()
        self._sso = socket.socket(fileno=self._sfd)
        self._sso.set_inheritable(True)


if __name__ == "__main__":
    cli.Server = Server
    cli.entrypoint()
