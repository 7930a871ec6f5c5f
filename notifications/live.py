"""Telling open pages that something changed.

A socket carries no data: the page that hears of a change fetches its own part
anew, with its own rights. So a wake-up that is lost costs seconds, not truth.
"""

import asyncio
from datetime import datetime
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from notifications import handlers
from tenants import channels

#: Seconds a worker waits for the channel layer.
PATIENCE = 2.0


@handlers.register("live")
def tell(payload: dict[str, Any], *, dedupe_key: str, now: datetime) -> None:
    """Tell the pages of a group: `{"group": "board"}`.

    Telling twice is telling once: the page asks for itself.

    Raises:
        RedisError, OSError: the channel layer does not answer.
    """
    async_to_sync(_send)(channels.group(payload["group"]))


async def _send(group: str) -> None:
    # The layer itself waits for as long as it takes: it is made for listening.
    async with asyncio.timeout(PATIENCE):
        await get_channel_layer().group_send(group, {"type": "changed"})
