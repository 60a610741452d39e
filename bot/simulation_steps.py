"""The acts a simulation script is made of, one a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act.

    Attributes:
        line: 1-based line of the script.
    """

    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGroup(Step):
    """A room and its owner; the bot is in it, as an admin unless told otherwise."""

    topic: str
    owner: str
    admins: tuple[str, ...] = ()
    is_bot_admin: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UseGroup(Step):
    """What follows happens in another room."""

    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMembers(Step):
    """People who are in the room from the beginning; the bot is not told."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTime(Step):
    """Virtual time goes on to that wall-clock time of the room's zone."""

    when: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance(Step):
    """Virtual time passes."""

    by: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(Step):
    """A person says something; `to` is empty in the room, a name in private, `quoting` part of an earlier text."""

    talker: str
    text: str
    to: str = ""
    quoting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendFile(Step):
    """A person sends an image or a file."""

    talker: str
    path: str
    to: str = ""
    is_image: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall(Step):
    """A person takes back the latest own message, or the latest that contains `fragment`."""

    talker: str
    fragment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Step):
    """People come in."""

    names: tuple[str, ...]
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Step):
    """A person goes, or is removed by another one."""

    name: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Step):
    """A person takes another nickname, or another name in this room only."""

    name: str
    new_name: str
    in_room: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameGroup(Step):
    """The room gets another name."""

    topic: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFriend(Step):
    """A stranger asks the bot to become a friend."""

    name: str
    hello: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetWeixin(Step):
    """The gateway tells a person's WeChat id, the one people type, from now on; it never changes."""

    name: str
    weixin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAvatar(Step):
    """A person shows themselves with a picture, a file beside the script, from now on."""

    name: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshuffle(Step):
    """The account logs in again, and every contact and room has another id, as on some puppets.

    In a script with this step the gateway never says that its ids can be relied on.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class GoDown(Step):
    """The gateway is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComeBack(Step):
    """The gateway is back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash(Step):
    """The process dies without notice and starts again on the same data, at once or after `down_for`."""

    down_for: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class EditSchedules(Step):
    """The owner saves `schedules.yaml`: the text, or that of a file beside the script."""

    path: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember(Step):
    """What the bot said last that matches is put wherever `{name}` stands in a later text."""

    name: str
    pattern: str
