"""Every error the bot raises on purpose, in one tree."""

from __future__ import annotations

from dataclasses import dataclass


class QunzhiError(Exception):
    """Base of all errors that are raised on purpose."""


class UserError(QunzhiError):
    """A member asked for something that cannot be done; the text tells them, in Chinese, what to do next.

    Args:
        text: one short sentence shown to the member.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One mistake in a file an owner wrote.

    Attributes:
        file: path as the owner typed it.
        line: 1-based line.
        column: 1-based column.
        message: what is wrong and the nearest right value, in Chinese.
        is_advice: the file can be used as it is; this is probably not meant.
    """

    file: str
    line: int
    column: int
    message: str
    is_advice: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {'提示：' if self.is_advice else ''}{self.message}"


class ConfigError(QunzhiError):
    """A configuration file cannot be used.

    Args:
        faults: every mistake found, in file order.
    """

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class StorageError(QunzhiError):
    """The database could not do it (disk full, file damaged, schema newer than the program)."""


class PluginError(QunzhiError):
    """A plugin cannot be loaded or breaks the plugin contract."""


class GatewayError(QunzhiError):
    """The gateway did not do what was asked."""


class GatewayUnavailable(GatewayError):
    """Surely not done: the gateway could not be reached. Worth trying again."""


class GatewayRefused(GatewayError):
    """Surely not done and will not be on a second try (wrong token, no such room, not allowed)."""


class SendUncertain(GatewayError):
    """The gateway was called but its answer never came: the group may or may not have seen the message."""


class NotSupported(GatewayError):
    """This gateway lacks the capability.

    Args:
        capability: name of the missing field of `Capabilities`.
    """

    def __init__(self, capability: str) -> None:
        super().__init__(f"gateway lacks {capability}")
        self.capability = capability
