"""The Orders screen's socket."""

from pickup import access
from tenants import channels, sockets


class BoardConsumer(sockets.Listener):
    """Tells a member of the shop's staff that an order came or moved."""

    def find_group(self) -> str | None:
        user = sockets.user_of(self.scope)
        return channels.group("board") if access.may_see_board(user) else None
