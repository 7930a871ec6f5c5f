"""Telling open pages that something changed.

A socket carries no data: the page that hears of a change fetches its own part
anew, with its own rights. So a wake-up that is lost costs seconds, not truth.
"""

import asyncio
import logging
from datetime import datetime
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from notifications import handlers
from tenants import channels

logger = logging.getLogger(__name__)

#: Seconds a worker waits for the channel layer.
PATIENCE = 2.0


@handlers.register("live")
def tell(payload: dict[str, Any], *, dedupe_key: str, now: datetime) -> None:
    """Tell the pages of a group: `{"group": "board"}`.

    Where the channel layer is down the change is not told later: every open page
    asks for itself when the layer is back (`tenants.channel_layer`).
    """
    group = channels.group(payload["group"])
    try:
        async_to_sync(_send)(group)
    except (RedisError, OSError) as error:
        logger.warning("open pages were not told of %s: %s", dedupe_key, error)


async def _send(group: str) -> None:
    # The layer itself waits for as long as it takes: it is made for listening.
    async with asyncio.timeout(PATIENCE):
        await get_channel_layer().group_send(group, {"type": "changed"})
