"""What an owner may set of courses in bot.yaml."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from bot.plugin import Access, Duration, Identifier, Price, Settings, Text

_NUMBER = re.compile(r"#?[1-9]\d{0,8}")


def _read_lesson(value: object) -> object:
    """Read a post's id, or its number as `57` or `"#57"`; a bare `#57` is a comment in YAML and never arrives."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise ValueError('课时要写帖子的编号；# 号要加引号，比如 "#57"，也可以直接写 57')
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return f"#{value.strip().removeprefix('#')}"
    return value


Lesson = Annotated[Text, BeforeValidator(_read_lesson, json_schema_input_type=str | int)]
"""A post: its id, or its number as `#57`."""


class Course(Settings):
    """One course: ordered lessons made of posts."""

    id: Identifier = Field(title="编号")
    """唯一的编号，大家用它说是哪门课。"""
    title: Text = Field(title="标题")
    """课程名。"""
    price: Price = Field(default=0, title="价格")
    """单独买这门课多少元；不写就不单卖。"""
    access: Access = Field(default="free", title="权限")
    """free、member 或套餐编号：谁不用单买就能学。写了价格时，free 表示只能单买。"""
    lessons: tuple[Lesson, ...] = Field(min_length=1, max_length=200, title="课时", examples=[["go-1", "go-2"]])
    """按顺序写帖子的编号。"""
    preview: int = Field(default=0, ge=0, le=200, title="试看")
    """前几课谁都能看。"""

    @field_validator("lessons")
    @classmethod
    def _are_different(cls, lessons: tuple[str, ...]) -> tuple[str, ...]:
        twice = [name for name, count in Counter(lessons).items() if count > 1]
        if twice:
            raise ValueError(f"课时「{twice[0]}」写了两次，请去掉一个")
        return lessons

    @property
    def is_open(self) -> bool:
        """Whether everybody may read all of it."""
        return not self.price and self.access == "free"


class CoursesSettings(Settings):
    """Settings of the plugin `courses`."""

    courses: tuple[Course, ...] = Field(default=(), title="课程")
    """卖的、送的课程。"""
    hold: Duration = Field(default=timedelta(hours=24), title="付款期限")
    """下单后等付款等多久，过期了要重新下单。"""

    @field_validator("courses")
    @classmethod
    def _have_own_ids(cls, courses: tuple[Course, ...]) -> tuple[Course, ...]:
        for what, names in (("编号", [one.id for one in courses]), ("标题", [one.title for one in courses])):
            twice = [name for name, count in Counter(names).items() if count > 1]
            if twice:
                raise ValueError(f"课程{what}「{twice[0]}」重复了，请换一个")
        return courses

    def find(self, course_id: str) -> Course | None:
        """Return a course by its id."""
        return next((one for one in self.courses if one.id == course_id), None)
