"""Services that stop, fill up or go back in time while people read and buy."""

from chaos import (
    crowding,
    mail_away,
    mail_slow,
    postgres,
    rolling,
    surroundings,
    valkey,
)

CHECKS = [
    # Ten minutes, in which the others pass.
    mail_away.BEGIN,
    *valkey.CHECKS,
    *postgres.CHECKS,
    *surroundings.CHECKS,
    *crowding.CHECKS,
    *rolling.CHECKS,
    *mail_slow.CHECKS,
    mail_away.END,
]
