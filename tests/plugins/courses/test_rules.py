from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from bot.plugins.courses.model import Lesson
from bot.plugins.courses.rules import is_locked, match_course, nearest_course, next_lesson, read_lesson_number
from bot.plugins.courses.settings import Course, CoursesSettings
from bot.plugins.qa.model import Post, Source

GO = Course(id="go", title="Go 入门", price=9900, lessons=("go-1", "#2", "go-3"), preview=1)
PYTHON = Course(id="python-web", title="Python 网站开发", lessons=("p-1",))
REDIS = Course(id="redis", title="Redis 入门", access="member", lessons=("r-1",))
COURSES = (GO, PYTHON, REDIS)


def make_lessons(*read: int, missing: Sequence[int] = ()) -> list[Lesson]:
    post = Post(
        id="x", number=1, title="t", body="b", author="", room="", member_id="", tags=(), date="", access="free",
        source=Source.IMPORT, created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return [Lesson(n, f"go-{n}", None if n in missing else post, is_read=n in read) for n in range(1, 6)]


@pytest.mark.parametrize(
    ("text", "course"),
    [
        ("go", GO), ("GO", GO), ("「Go 入门」", GO), ("go入门", GO), ("1", GO), ("第2门", PYTHON), ("网站", PYTHON),
        ("Redis", REDIS), ("入门", None), ("9", None), ("0", None), ("站", None), ("rust", None),
    ],
)  # fmt: skip
def test_a_course_is_named_in_many_ways(text: str, course: Course | None) -> None:
    assert match_course(text, COURSES) == course


def test_a_slip_finds_the_nearest_course() -> None:
    assert nearest_course("pyhton-web", COURSES) == "python-web"
    assert nearest_course("kubernetes", COURSES) == ""


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), ("第3课", 3), ("第 12 节", 12), ("第三课", 3), ("第十课", 10), ("第十二讲", 12), ("第二十课", 20),
     ("三", None), ("课", None)],
)  # fmt: skip
def test_a_lesson_is_numbered_in_many_ways(text: str, number: int | None) -> None:
    assert read_lesson_number(text) == number


@pytest.mark.parametrize(
    ("read", "last", "missing", "following"),
    [
        ((), "", (), 1),
        ((1,), "go-1", (), 2),
        ((1, 4), "go-4", (), 5),
        ((1, 5), "go-5", (), 2),
        ((1, 2), "go-1", (), 3),
        ((1,), "go-1", (2,), 3),
        ((1, 2, 3, 4, 5), "go-5", (), None),
        ((1, 2, 3, 4), "go-4", (5,), None),
        ((1,), "was-left-out", (), 2),
    ],
)
def test_what_follows_is_the_next_unread_one(
    read: tuple[int, ...], last: str, missing: tuple[int, ...], following: int | None
) -> None:
    found = next_lesson(make_lessons(*read, missing=missing), last)
    assert (found.place if found else None) == following


def test_the_first_lessons_are_for_everybody() -> None:
    lessons = make_lessons()
    assert [is_locked(GO, one, may_open=False) for one in lessons[:3]] == [False, True, True]
    assert not any(is_locked(GO, one, may_open=True) for one in lessons)


@pytest.mark.parametrize(
    ("course", "words"),
    [
        ({"lessons": []}, "at least 1"),
        ({"lessons": [None]}, "# 号要加引号"),
        ({"lessons": ["a", "a"]}, "写了两次"),
        ({"lessons": [7, "#7"]}, "写了两次"),
        ({"lessons": ["a"], "price": "-1"}, "金额不能是负数"),
        ({"lessons": ["a"], "access": "members"}, "是 member 吗"),
    ],
)
def test_what_is_written_wrong_is_told(course: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        CoursesSettings.model_validate({"courses": [{"id": "go", "title": "Go", **course}]})


def test_two_courses_are_told_apart() -> None:
    with pytest.raises(ValidationError, match="编号「go」重复了"):
        CoursesSettings.model_validate(
            {
                "courses": [
                    {"id": "go", "title": "Go", "lessons": ["a"]},
                    {"id": "go", "title": "Go 2", "lessons": ["b"]},
                ]
            }
        )


def test_numbers_of_posts_are_read_with_and_without_the_sign() -> None:
    course = Course.model_validate({"id": "go", "title": "Go", "lessons": ["go-1", 57, "#58"]})
    assert course.lessons == ("go-1", "#57", "#58")
