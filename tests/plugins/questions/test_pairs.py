from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.plugins.questions.pairs import LEAST_SCORE, Said, find_pairs

START = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
WITHIN = timedelta(minutes=15)
ASKED = "pytest 的 fixture 怎么在多个文件里共用"
ANSWERED = "放到 conftest.py 里就行，同目录的测试都能直接用。"


Line = tuple[str, str] | tuple[str, str, str] | tuple[str, str, str, float]


def said(*lines: Line, is_free: bool = True) -> list[Said]:
    made = []
    at = START
    for number, line in enumerate(lines):
        at += timedelta(minutes=line[3] if len(line) > 3 else 1)  # type: ignore[misc]
        made.append(Said(f"m{number}", line[0], line[0], at, line[1], line[2] if len(line) > 2 else "", is_free))
    return made


def found(*lines: Line) -> list[tuple[str, str, float]]:
    return [(pair.question.id, pair.answer.id, pair.score) for pair in find_pairs(said(*lines), WITHIN)]


def test_the_next_reply_of_substance_is_sure_only_when_the_asker_says_thanks() -> None:
    assert found(("小明", ASKED), ("李四", ANSWERED)) == [("m0", "m1", 0.3)]
    assert found(("小明", ASKED), ("李四", ANSWERED), ("小明", "搞定了，谢谢")) == [("m0", "m1", 0.6)]
    assert found(("小明", ASKED), ("李四", ANSWERED), ("小明", "还是不行")) == [("m0", "m1", 0.3)]


def test_a_quote_or_a_mention_ties_a_reply_to_its_question() -> None:
    other = ("小红", "docker 的时区怎么改成上海")
    assert found(("小明", ASKED), other, ("李四", ANSWERED, ASKED[:12])) == [("m0", "m2", 0.6)]
    assert found(("小明", ASKED), other, ("李四", f"@小明 {ANSWERED}")) == [("m0", "m2", 0.5)]
    assert found(("小明", ASKED), ("李四", ANSWERED, "别的什么话")) == []


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("怎么办", ANSWERED),
        ("今天天气真好，出去走走", ANSWERED),
        (ASKED, "试试"),
        (ASKED, "你用的是哪个版本，能不能把完整的报错贴出来？"),
        (ASKED, f"@小红 {ANSWERED}"),
    ],
)
def test_what_asks_nothing_or_says_nothing_is_no_pair(asked: str, answered: str) -> None:
    assert found(("小明", asked), ("李四", answered)) == []


def test_nobody_answers_themselves_and_late_replies_do_not_count() -> None:
    assert found(("小明", ASKED), ("小明", ANSWERED)) == []
    assert found(("小明", ASKED), ("李四", ANSWERED, "", 16)) == []


def test_a_reply_belongs_to_the_question_it_fits_best() -> None:
    pairs = found(("小明", ASKED), ("小红", "docker 的时区怎么改成上海"), ("李四", ANSWERED), ("小红", "谢谢"))
    assert pairs == [("m1", "m2", 0.6)]


def test_a_longer_answer_is_a_little_surer() -> None:
    ((_, _, score),) = found(("小明", ASKED), ("李四", ANSWERED * 2), ("小明", "谢谢"))
    assert score == 0.7 > LEAST_SCORE


def test_what_the_bot_answered_is_left_alone() -> None:
    lines = said(("小明", ASKED), ("李四", ANSWERED, ASKED), is_free=False)
    assert find_pairs(lines, WITHIN) == []
