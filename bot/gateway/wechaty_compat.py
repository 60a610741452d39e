"""Makes the wechaty packages importable and quiet; import this before anything of theirs."""

from __future__ import annotations

import logging

import wechaty_puppet_service  # noqa: F401  # its loggers get their handlers when it is imported
from wechaty_puppet.schemas.puppet import PuppetOptions

if PuppetOptions.__hash__ is None:
    # `wechaty.wechaty` uses an instance as a dataclass default, which Python 3.11 allows only when it is hashable.
    PuppetOptions.__hash__ = object.__hash__

LOGGERS = (
    "Accessory", "Config", "Contact", "ContactSelf", "Favorite", "FileBox", "FriendShip", "Image", "Message",
    "MiniProgram", "PuppetService", "Room", "RoomInvitation", "Tag", "UrlLink", "Wechaty", "WechatyPuppet.Schema.Base",
    "WechatyPuppet.Schemas.Event", "WechatyPuppetServiceConfig", "wechaty.plugin",
)  # fmt: skip


def silence_wechaty() -> None:
    """Turn the packages' own logging off: it prints message texts and tokens. Call it again after `import wechaty`."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)


silence_wechaty()
