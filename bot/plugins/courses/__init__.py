"""Courses: ordered lessons made of posts, read one after the other, some of them sold."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.plugin import Context, Database, Deadline, OrderPaid, OrderRefunded, Plugin, Reply, Row
from bot.plugins.courses import buying, reading, texts
from bot.plugins.courses.model import NAME, CourseId, LessonNumber
from bot.plugins.courses.rules import read_lesson_number
from bot.plugins.courses.settings import CoursesSettings
from bot.plugins.courses.store import erase_lessons, export_lessons, migrations
from bot.plugins.orders.api import ORDER_OVER

plugin = Plugin(NAME, config=CoursesSettings, migrations=migrations, requires=("qa", "orders"), title="课程学习")

Ctx = Context[CoursesSettings]

plugin.argument(CourseId, words=4)(reading.read_course_id)


@plugin.argument(LessonNumber)
async def read_lesson(ctx: Ctx, text: str) -> LessonNumber | None:  # noqa: ARG001 - every reader gets the context
    """Read `3` or `第3课`."""
    number = read_lesson_number(text)
    return None if number is None else LessonNumber(number)


@plugin.command(
    "学习",
    aliases=("继续学习", "接着学"),
    examples=(("学习", "现在还没有课程。想学什么，发「想听 题目」告诉大家。"), ("学习 go 3", "《Go 入门》第 3/10 课…")),
    utterances=("有什么课程可以自学", "我想学{}这门课"),
)
async def study(ctx: Ctx, which: CourseId | None = None, lesson: LessonNumber | None = None) -> Reply:
    """学习 [课程] [第几课]：看有哪些课程，学到哪里了；写上课程就接着学。"""
    if which is None:
        return await reading.list_courses(ctx)
    return await reading.study(ctx, which, lesson.value if lesson else None)


@plugin.command("下一课", aliases=("下一节", "下一讲"), examples=(("下一课", "《Go 入门》第 2/3 课：切片…"),))
async def go_on(ctx: Ctx) -> Reply:
    """下一课：接着学上次那门课。"""
    return await reading.go_on(ctx)


@plugin.command("买课", aliases=("买课程",), examples=(("买课 go", "《Go 入门》99 元，订单 D12，买一次长期有效。…"),))
async def buy(ctx: Ctx, which: CourseId | None = None) -> Reply:
    """买课 [课程]：单独买一门课，付款方式私聊发给您。"""
    if which is None:
        return await reading.list_sold(ctx)
    course = reading.find_course(ctx, which)
    return await buying.buy(ctx, course, may_open=await reading.may_open(ctx, course))


@plugin.on(OrderPaid)
async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Tell who paid for a course that it is open."""
    await buying.follow_payment(ctx, event)


@plugin.on(OrderRefunded)
async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Tell who got the money back."""
    await buying.follow_refund(ctx, event)


@plugin.deadline(ORDER_OVER)
async def end_order(ctx: Ctx, due: Deadline) -> None:
    """Close an order that nobody paid."""
    await buying.end_order(ctx, due)


@plugin.holds
def tell_courses(db: Database, member_id: str, _now: datetime, _zone: ZoneInfo) -> list[str]:
    """Return the courses that a member has bought, for 我的."""
    return [texts.own_line(order) for order in buying.bought(db, member_id)]


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return which lessons a member has read; orders are exported by the core."""
    return {"lessons_read": export_lessons(db, member_id)}


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Forget them."""
    return {"lessons_read": erase_lessons(db, member_id)}
