"""What the known puppets can do, and how to recognise one: the protocol does not tell its name."""

from __future__ import annotations

import re

from bot.gateway import Capabilities

KNOWN_PUPPETS: dict[str, Capabilities] = {
    # From the sources of npm wechaty-puppet-wechat4u 1.14 (what throws "unsupported") and public reports.
    "wechat4u": Capabilities(
        can_mention=False, can_quit=False, can_set_notice=False, returns_message_id=False, stable_ids=False
    ),
    # wechaty-puppet-xp: these methods are empty stubs that answer as if they had worked; its own icon is everybody's
    # avatar.
    "xp": Capabilities(
        can_remove=False,
        can_add=False,
        can_quit=False,
        can_set_notice=False,
        can_set_topic=False,
        can_set_alias=False,
        can_recall=False,
        can_accept_friends=False,
        returns_message_id=False,
        shows_avatars=False,
    ),
    "padlocal": Capabilities(),
    # wechaty-puppet-mock records what it is told and does nothing else.
    "mock": Capabilities(returns_message_id=False, can_recall=False, shows_avatars=False),
    # The group served by bot/gateway/puppet_server.py.
    "embedded": Capabilities(),
}
UNKNOWN_PUPPET = Capabilities()

_WEB_PROTOCOL_ID = re.compile(r"@[0-9a-f]{32,}")  # the web protocol deals out new ids at every login


def recognise(hint: str, version: str, account_id: str) -> str:
    """Return which of the known puppets this is, empty when it cannot be told.

    Args:
        hint: what the owner configured; it wins.
        version: the answer to the Version call; some puppets put their name in, the mock wraps its base's version.
        account_id: contact id of the bot's account.
    """
    lowered = f"{hint} {version}".lower()
    for name in KNOWN_PUPPETS:
        if name in lowered.split() or (len(name) > 2 and name in lowered):  # noqa: PLR2004  # "xp" hides in words
            return name
    if _WEB_PROTOCOL_ID.fullmatch(account_id):
        return "wechat4u"
    return "mock" if "<" in version else ""
