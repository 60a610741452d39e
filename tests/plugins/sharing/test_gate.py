from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.plugins.qa.api import Draft
from bot.plugins.sharing.gate import Limits, Ruling, examine

BODY = "先看 slowlog，再用 bigkeys 扫描，都是只读的。"


@pytest.mark.parametrize(
    ("title", "body", "ruling"),
    [
        ("怎么找大 key", BODY, Ruling.OK),
        ("怎么找大 key", f"{BODY}有事打 13912345678。", Ruling.MASKED),
        ("联系 13912345678", BODY, Ruling.MASKED),
        ("怎么找大 key", f"{BODY}加微信 abc12345，限时优惠。", Ruling.HOLD),
        ("怎么找大 key", f"{BODY}加微信 abc12345，限时优惠，电话 13912345678。", Ruling.HOLD),
        ("大", BODY, Ruling.REFUSE),
        ("怎么找大 key", " \n ", Ruling.REFUSE),
        ("怎么找大 key", "太短", Ruling.REFUSE),
        ("怎么找大 key", "打 13912345678、13812345678", Ruling.REFUSE),
        ("怎么找大 key", "长" * 50_001, Ruling.REFUSE),
    ],
)
def test_the_severest_that_holds_is_the_ruling(title: str, body: str, ruling: Ruling) -> None:
    assert examine(Draft(title=title, body=body)).ruling is ruling


def test_what_is_held_is_masked_as_well_and_the_rest_of_the_draft_stays() -> None:
    draft = Draft(title="标题", body=f"{BODY}加微信 abc12345，限时优惠，电话 13912345678。", tags=("a",), room="r")
    verdict = examine(draft)
    assert "13912345678" not in verdict.draft.body
    assert verdict.masked == ("手机号",)
    assert verdict.note == "为了安全，里面的手机号已换成占位符。"
    assert (verdict.draft.tags, verdict.draft.room) == (("a",), "r")


def test_nothing_looks_at_all_of_a_text_that_is_much_too_long() -> None:
    class Huge(str):
        """A text that may be measured, not read."""

        __slots__ = ()

        def __len__(self) -> int:
            return 10_000_000

        def __iter__(self) -> Iterator[str]:
            raise AssertionError

    verdict = examine(Draft(title="怎么找大 key", body=Huge("🙂")))
    assert verdict.reasons == ("正文有 10000000 字，太长了，最多 50000 字，请分成几篇再发。",)


def test_how_much_has_to_be_said_can_be_set() -> None:
    assert examine(Draft(title="标题", body="太短"), Limits(2)).ruling is Ruling.OK
    assert examine(Draft(title="标题", body=BODY), Limits(10, 20)).reasons == (
        f"正文有 {len(BODY)} 字，太长了，最多 20 字，请分成几篇再发。",
    )
