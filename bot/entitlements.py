"""What a member may use now, asked of the plugin that sells it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.model import Member

Ask = Callable[[str, str], Awaitable[bool]]
"""(member's id, entitlement) → whether they may use it now."""


class Entitlements:
    """Answers whether somebody may use something: `await may_use(member, "member")`.

    An entitlement is `member`, the id of a plan, `room:TOPIC`, `session:ID`, `course:ID`, or whatever word a plan
    opens.

    Args:
        ask: the plugin that knows, by `@plugin.entitles`.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.on_refused: dict[str, Callable[[str], Awaitable[None]]] = {}
        """Told of members who were refused something; a plugin adds its own on start."""

    async def __call__(self, member: Member | str, entitlement: str) -> bool:
        """Return whether a member, or the member of that id, may use the entitlement now."""
        may_use = await self.may_use(member, entitlement)
        for tell in () if may_use else self.on_refused.values():
            await tell(member if isinstance(member, str) else member.id)
        return may_use

    async def may_use(self, member: Member | str, entitlement: str) -> bool:
        """Return the same without telling anybody of a refusal: the member asked for nothing."""
        return await self._ask(member if isinstance(member, str) else member.id, entitlement)
