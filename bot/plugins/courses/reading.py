"""Shows courses and their lessons, and remembers which were read."""

from __future__ import annotations

from typing import Any

from bot.plugin import CHAT, Choice, Context, Database, Reply, Role, UserError
from bot.plugins.courses import texts
from bot.plugins.courses.buying import has_bought
from bot.plugins.courses.model import CourseId, Lesson
from bot.plugins.courses.rules import is_locked, match_course, nearest_course, next_lesson
from bot.plugins.courses.settings import Course, CoursesSettings
from bot.plugins.courses.store import lessons_read, note_read
from bot.plugins.qa.api import Post, post_by_number, posts_by_id

Ctx = Context[CoursesSettings]


async def list_courses(ctx: Ctx) -> Reply:
    """Return the courses with what the talker has read of each."""
    if not ctx.config.courses:
        return Reply(text=texts.NO_COURSES)
    choices = []
    for course in ctx.config.courses:
        lessons: list[Lesson] = await ctx.read(lessons_of, course, ctx.talker.id)
        line = texts.course_line(course, lessons, may_open=await may_open(ctx, course))
        choices.append(Choice(line, f"学习 {course.id}"))
    return Reply(text=texts.LIST_HEAD, choices=tuple(choices), private=True)


async def study(ctx: Ctx, course_id: str, place: int | None) -> Reply:
    """Return a lesson: the one asked for, else the next.

    Raises:
        UserError: there is no such lesson, or it is not there yet.
    """
    course = find_course(ctx, course_id)
    lessons: list[Lesson] = await ctx.read(lessons_of, course, ctx.talker.id)
    if all(one.post is None for one in lessons):
        raise UserError(texts.nothing_ready(course))
    if place is None:
        last: str = await ctx.read(_last_of, ctx.talker.id, course.id)
        lesson = next_lesson(lessons, last)
        if lesson is None:
            return Reply(text=_finished(course, lessons), private=True)
    else:
        lesson = _at(course, lessons, place)
    return await _show(ctx, course, lesson)


async def go_on(ctx: Ctx) -> Reply:
    """Return the next lesson of the course that was read last.

    Raises:
        UserError: none was begun.
    """
    read: list[tuple[str, str]] = await ctx.read(lessons_read, ctx.talker.id)
    known = [course_id for course_id, _ in reversed(read) if ctx.config.find(course_id)]
    if not known and not is_chat(ctx) and len(ctx.config.courses) == 1:
        known = [ctx.config.courses[0].id]
    if not known:
        if is_chat(ctx):
            return CHAT  # 「下一课」 among people
        raise UserError(texts.NOT_BEGUN)
    return await study(ctx, known[0], None)


async def list_sold(ctx: Ctx) -> Reply:
    """Return the courses that can be bought."""
    sold = [course for course in ctx.config.courses if course.price]
    if not sold:
        return CHAT if is_chat(ctx) else Reply(text=texts.NONE_SOLD)
    choices = tuple(Choice(texts.offer_line(course), f"买课 {course.id}") for course in sold)
    return Reply(text=texts.WHICH_TO_BUY, choices=choices)


async def may_open(ctx: Context[Any], course: Course) -> bool:
    """Return whether the talker may read all of a course: it is open, bought, or part of what they have."""
    if ctx.role >= Role.EXPERT or course.is_open or await ctx.read(has_bought, ctx.talker.id, course.id):
        return True
    try:
        may_use = ctx.part("entitlements")
    except LookupError:  # no plans are sold here
        return False
    if await may_use(ctx.talker, f"course:{course.id}"):
        return True
    return course.access != "free" and bool(await may_use(ctx.talker, course.access))


async def read_course_id(ctx: Ctx, text: str) -> CourseId | None:
    """Read what a member typed as the id of a course; None when it may not have been meant as one.

    Raises:
        UserError: there is no such course, and the bot was surely asked.
    """
    found = match_course(text, ctx.config.courses)
    if found is not None:
        return CourseId(found.id)
    if len(text.split()) > 1 or is_chat(ctx):
        return None
    near = nearest_course(text, ctx.config.courses)
    advice = f"您要找的是不是「{near}」？" if near else ""
    raise UserError(f"没有课程「{text}」，{advice}发送「学习」看看有哪些。")


def is_chat(ctx: Context[Any]) -> bool:
    """Return whether a word was said among people and not to the bot."""
    return ctx.room is not None and not ctx.text.startswith("/") and not (ctx.message and ctx.message.mentions_bot)


def find_course(ctx: Ctx, course_id: str) -> Course:
    """Return a course.

    Raises:
        UserError: it is not offered any more.
    """
    course = ctx.config.find(course_id)
    if course is None:
        raise UserError("这门课现在没有了，发送「学习」看看有哪些。")
    return course


def lessons_of(db: Database, course: Course, member_id: str) -> list[Lesson]:
    """Return a course's lessons in order, with their posts and whether a member has read them."""
    by_id = posts_by_id(db, [name for name in course.lessons if not name.startswith("#")])
    read = {lesson for course_id, lesson in lessons_read(db, member_id) if course_id == course.id}
    return [
        Lesson(place, name, _post_called(db, name, by_id), is_read=name in read)
        for place, name in enumerate(course.lessons, 1)
    ]


def _post_called(db: Database, name: str, by_id: dict[str, Post]) -> Post | None:
    return post_by_number(db, int(name[1:])) if name.startswith("#") else by_id.get(name)


async def _show(ctx: Ctx, course: Course, lesson: Lesson) -> Reply:
    if is_locked(course, lesson, may_open=await may_open(ctx, course)):
        choices = (Choice(f"单买《{course.title}》", f"买课 {course.id}"),) if course.price else ()
        return Reply(text=texts.locked(course, lesson), choices=choices, private=True)
    await ctx.db(note_read, ctx.talker.id, course.id, lesson.name, ctx.now)
    now_read: list[Lesson] = await ctx.read(lessons_of, course, ctx.talker.id)
    after = next_lesson(now_read, lesson.name)
    below = texts.read_on(course, after, sum(one.is_read for one in now_read))
    today = ctx.now.astimezone(ctx.zone).date()
    return Reply(text=f"{texts.lesson_text(course, lesson, today)}\n\n{below}", private=True)


def _at(course: Course, lessons: list[Lesson], place: int) -> Lesson:
    if not 0 < place <= len(lessons):
        raise UserError(texts.no_such_lesson(course, place))
    lesson = lessons[place - 1]
    if lesson.post is None:
        raise UserError(texts.waits_for_post(course, place))
    return lesson


def _finished(course: Course, lessons: list[Lesson]) -> str:
    return texts.finished(course) if all(one.is_read for one in lessons) else texts.read_on(course, None, 0)


def _last_of(db: Database, member_id: str, course_id: str) -> str:
    read = [lesson for course, lesson in lessons_read(db, member_id) if course == course_id]
    return read[-1] if read else ""
