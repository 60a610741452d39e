"""What a lesson is for the one who reads it, and how a course is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NewType

from bot.plugins.qa.api import Post

NAME = "courses"

CourseId = NewType("CourseId", str)
"""A course as members name it: its id, its title or a part of it, its place in the list."""


@dataclass(frozen=True, slots=True)
class LessonNumber:
    """Which lesson, as members type it: `3`, `第3课`."""

    label: ClassVar[str] = "第几课"
    value: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson of a course.

    Attributes:
        place: its place in the course, from 1.
        name: as bot.yaml names it: a post's id, or `#57`.
        post: what it is made of; None while there is no such post.
        is_read: whether the member has read it.
    """

    place: int
    name: str
    post: Post | None
    is_read: bool = False
