"""Which course is meant, which lesson comes next: decided from what is at hand."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from bot.plugin import fold
from bot.plugins.courses.model import Lesson
from bot.plugins.courses.settings import Course

_PLACE = re.compile(r"第?\s*(\d{1,3})\s*[门个号]?")
_LESSON = re.compile(r"第?\s*(\d{1,3})\s*[课节讲]?")
_CHINESE_LESSON = re.compile(r"第\s*([一二三四五六七八九十]{1,3})\s*[课节讲]")
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")}
_LIKELY = 0.72  # of `difflib`: one slip in five signs
_SHORTEST_PART = 2
_EDGES = "「」《》“”\"'。.,，!！~ "


def match_course(text: str, courses: Sequence[Course]) -> Course | None:
    """Return the course that a text names: by id, title, place in the list, or a part that only one title has."""
    key = _squeeze(text)
    for course in courses:
        if key in {_squeeze(course.id), _squeeze(course.title)}:
            return course
    place = _PLACE.fullmatch(key)
    if place:
        return courses[int(place[1]) - 1] if 0 < int(place[1]) <= len(courses) else None
    parts = [one for one in courses if len(key) >= _SHORTEST_PART and key in _squeeze(one.title)]
    return parts[0] if len(parts) == 1 else None


def nearest_course(text: str, courses: Sequence[Course]) -> str:
    """Return the id of the course that was probably meant; empty when none is near."""
    names = {_squeeze(name): one.id for one in courses for name in (one.id, one.title)}
    near = difflib.get_close_matches(_squeeze(text), names, 1, _LIKELY)
    return names[near[0]] if near else ""


def read_lesson_number(text: str) -> int | None:
    """Read `3`, `第3课`, `第十二课`; None when it is none."""
    plain = fold(text).strip()
    if found := _LESSON.fullmatch(plain):
        return int(found[1])
    if found := _CHINESE_LESSON.fullmatch(plain):
        tens, ten, ones = found[1].rpartition("十")
        return 10 * (_DIGITS.get(tens, 1) if ten else 0) + _DIGITS.get(ones, 0)
    return None


def next_lesson(lessons: Sequence[Lesson], last: str) -> Lesson | None:
    """Return what is read next: the first unread lesson behind the last one read, else the first unread at all.

    Args:
        lessons: of the course, in order; those without a post are passed over.
        last: name of the lesson that was read last; empty when none was.
    """
    after = next((one.place for one in lessons if one.name == last), 0)
    unread = [one for one in lessons if not one.is_read and one.post is not None]
    return next((one for one in unread if one.place > after), None) or next(iter(unread), None)


def is_locked(course: Course, lesson: Lesson, *, may_open: bool) -> bool:
    """Return whether a member may not read a lesson."""
    return not may_open and lesson.place > course.preview


def _squeeze(text: str) -> str:
    return "".join(fold(text).strip(_EDGES).split())
