"""What the tests of redeem codes share."""

from __future__ import annotations

import re

from bot.testing import SimulatedRoom, Speaker

CONFIG = """
plugins:
  membership:
    plans:
      - {id: month, title: 月度会员, price: 19.9, period: 1m}
      - {id: year, title: 年度会员, price: 199, period: 1y}
"""
CODE = re.compile(r"QZ(?:-[0-9A-Z]{4}){4}")


async def make_codes(room: SimulatedRoom, line: str) -> list[str]:
    """Let the owner make codes, and return all of them, as they stand in the file."""
    before = len(room.said)
    await room.owner.says(line, private=True)
    files = [act.file for act in room.said[before:] if act.file]
    assert len(files) == 1
    return CODE.findall(files[0].data.decode("utf-8-sig"))


async def tell(who: Speaker, text: str) -> str:
    """Say something in private and return the one answer."""
    (answer,) = await who.says(text, private=True)
    return answer
