"""Names made to look like the owner's are told from names that are like others by chance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.moderation.lookalikes import Trick, find_lookalike

LEADERS = ("老王", "Python小助理阿明", "技术宅大叔", "小知")


@pytest.mark.parametrize(
    ("name", "leader", "trick"),
    [
        ("技术宅大叔", "技术宅大叔", Trick.SAME),
        ("技术宅\u200b大叔", "技术宅大叔", Trick.DISGUISED),
        ("技術宅大叔", "技术宅大叔", Trick.DISGUISED),
        ("技术宅-大叔", "技术宅大叔", Trick.DISGUISED),
        ("Рython小助理阿明", "Python小助理阿明", Trick.DISGUISED),  # a Cyrillic letter
        ("老\u200b王", "老王", Trick.DISGUISED),
        ("技术斋大叔", "技术宅大叔", Trick.SOUND),
        ("技术帝大叔", "技术宅大叔", Trick.NEAR),
        ("Python小助理阿铭", "Python小助理阿明", Trick.SOUND),
        ("技术宅大叔（客服）", "技术宅大叔", Trick.ADDED),
        ("老王客服", "老王", Trick.ADDED),
        ("老王小号", "老王", Trick.ADDED),
        ("小知助手", "小知", Trick.ADDED),
        ("群主", "", Trick.OFFICE),
        ("管理员-小美", "", Trick.OFFICE),
        ("小美管理员", "", Trick.OFFICE),
        ("【管理员】", "", Trick.OFFICE),
        ("群 主", "", Trick.OFFICE),
        ("群主本人", "", Trick.OFFICE),
        ("群主的小号", "", Trick.OFFICE),
        ("官方客服小美", "", Trick.OFFICE),
    ],
)
def test_names_made_to_look_like_a_leader(name: str, leader: str, trick: Trick) -> None:
    found = find_lookalike(name, LEADERS)
    assert found is not None
    assert (found.leader, found.trick) == (leader, trick)
    assert name in found.reason


@pytest.mark.parametrize(
    "name",
    ["老王", "老李", "小王", "王老师", "隔壁老王头", "阿明", "小明", "Python", "大叔", "群主的小迷弟", "不是群主",
     "老王的徒弟", "小知识", "知了", "", "🐧", "12345", "Alice", "想当管理员", "财务自由之路", "群主的朋友",
     "前管理员"],
)  # fmt: skip
def test_ordinary_names_are_left_alone(name: str) -> None:
    assert find_lookalike(name, LEADERS) is None


@given(st.text(max_size=60), st.lists(st.text(max_size=30), max_size=3))
def test_no_name_raises(name: str, leaders: list[str]) -> None:
    found = find_lookalike(name, leaders)
    assert found is None or found.reason
