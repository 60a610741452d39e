"""What the tests of identities share: plans, codes, and a login after which every id is another one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.testing import SimulatedRoom, Speaker

CONFIG = """
plugins:
  membership:
    plans:
      - {id: month, title: 月度会员, price: 19.9, period: 1m}
      - {id: year, title: 年度会员, price: 199, period: 1y}
      - {id: newbie, title: 新人会员, price: 9.9, period: 1m, newcomers_only: true}
"""
REDEEM = re.compile(r"QZ(?:-[0-9A-Z]{4}){4}")
BINDING = re.compile(r"BD(?:-[0-9A-Z]{4}){4}")
MEMBER = "有效期到"


async def tell(who: Speaker, text: str) -> str:
    """Say something in private and return the one answer."""
    (answer,) = await who.says(text, private=True)
    return answer


async def gives_membership(room: SimulatedRoom, who: Speaker) -> list[str]:
    """Make somebody a member by a redeem code; returns what they were told."""
    made = await room.owner.says("发码 month 1", private=True)
    return await who.says(f"兑换 {REDEEM.findall(made[0])[0]}", private=True)


async def binding_code(who: Speaker) -> str:
    """Ask for a binding code."""
    return BINDING.findall("\n".join(await who.says("绑定码", private=True)))[0]


async def is_member(who: Speaker) -> bool:
    """Whether somebody's membership counts."""
    return MEMBER in "\n".join(await who.says("我的", private=True))


async def logs_in_with_new_ids(room: SimulatedRoom, people: Iterable[Speaker]) -> None:
    """Log the account in again on a gateway on which every contact and room has another id afterwards."""
    await room.clock.catch_up()
    ids = room.world.reshuffle(keep=room.bot_id)
    room.room_id = ids[room.room_id]
    for one in {id(person): person for person in (room.owner, *people)}.values():
        one.contact_id = ids[one.contact_id]
    room.gateway.log_in_again()
    await room.app.drain()
