"""What the rules hear of a message."""

from __future__ import annotations

import pytest

from bot.plugins.moderation.hearing import _without_codes
from bot.testing import SimulatedRoom


@pytest.mark.parametrize(
    ("raw", "heard"),
    [
        ("@小知 兑换 QZ-7K3D-M2PA-99XC-V4TE", "@小知 兑换 QZ-****"),
        ("我的码是 bd 7k3d m2pa 99xc v4te 谁要", "我的码是 BD-**** 谁要"),
        ("加Ｖ：ｑｚ８８８８", "加Ｖ：ｑｚ８８８８"),  # an advert keeps its disguise
        ("这个 bug 修好了吗", "这个 bug 修好了吗"),
    ],
)
def test_codes_are_not_heard(raw: str, heard: str) -> None:
    assert _without_codes(raw) == heard


@pytest.mark.slow
async def test_no_report_quotes_a_code(room: SimulatedRoom) -> None:
    buyer = room.member("买家")
    await buyer.says("刷单兼职日结300，名额有限速来，加微信领码 QZ-7K3D-M2PA-99XC-V4TE")
    told = [act.text for act in room.said if act.to == room.owner.name]
    assert len(told) == 1
    assert "7K3D" not in told[0]
