"""What members read about courses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.plugin import Order, format_fen, to_plain
from bot.plugins.courses.model import Lesson
from bot.plugins.courses.settings import Course
from bot.plugins.qa.api import short_date

NO_COURSES = "现在还没有课程。想学什么，发「想听 题目」告诉大家。"
LIST_HEAD = "课程，回复数字接着学："
WHICH_TO_BUY = "买哪门课？回复数字："
NONE_SOLD = "现在没有单卖的课程，发「学习」看看有哪些。"
NOT_BEGUN = "您还没有开始学哪门课，发「学习」看看有哪些。"
_TEASER = 60  # characters of a locked lesson
_MEMBERS = "开通会员就能学，发「套餐」看看"


def course_line(course: Course, lessons: Sequence[Lesson], *, may_open: bool) -> str:
    """Return a course as one line of the list."""
    read = sum(one.is_read for one in lessons)
    count = len(lessons)
    if read >= count:
        standing = f"{count} 课，都学完了"
    elif read:
        standing = f"学了 {read}/{count} 课"
    else:
        standing = f"{count} 课"
    return f"《{course.title}》{standing}{'' if may_open else f'，{_how_short(course)}'}"


def own_line(order: Order) -> str:
    """Return a course that a member has bought as one line."""
    return f"{order.title}长期有效，发「学习 {order.item}」接着学"


def lesson_text(course: Course, lesson: Lesson, today: date) -> str:
    """Return a whole lesson."""
    post = lesson.post
    assert post is not None
    facts = " ".join(part for part in (post.author, short_date(post.date, today)) if part)
    head = f"《{course.title}》第 {lesson.place}/{len(course.lessons)} 课：{post.title} #{post.number}"
    return "\n".join([head, *([facts] if facts else []), "", to_plain(post.body)])


def read_on(course: Course, after: Lesson | None, read: int) -> str:
    """Return the line below a lesson."""
    if after is not None:
        return f"下一课：{_title(after)}。发「下一课」接着学。"
    if read >= len(course.lessons):
        return f"《{course.title}》{len(course.lessons)} 课都学完了，恭喜您！发「学习」看看别的课。"
    return f"后面的课还没有放出来，放出来以后发「学习 {course.id}」接着学。"


def finished(course: Course) -> str:
    """Return what is said when there is no lesson left to read."""
    return f"《{course.title}》都学完了。想再看哪一课，发「学习 {course.id} 3」这样。"


def waits_for_post(course: Course, place: int) -> str:
    """Return what is said of a lesson whose post is not there yet."""
    return f"《{course.title}》第 {place} 课还没有放出来，先发「学习 {course.id}」学别的课。"


def nothing_ready(course: Course) -> str:
    """Return what is said when no lesson has its post."""
    return f"《{course.title}》的内容还没有放出来，过几天再来看看。"


def no_such_lesson(course: Course, place: int) -> str:
    """Return what is said to a number the course does not have."""
    return f"《{course.title}》没有第 {place} 课，一共 {len(course.lessons)} 课，发「学习 {course.id} 1」从头看。"


def locked(course: Course, lesson: Lesson) -> str:
    """Return what a member reads of a lesson that is not open to them: its title, how it begins, how to get it."""
    head = f"《{course.title}》第 {lesson.place}/{len(course.lessons)} 课：{_title(lesson)}"
    lines = [
        head,
        *([f"「{teaser}……」"] if (teaser := _teaser(lesson)) else []),
        f"这一课要开通才能看：{how(course)}。",
    ]
    if course.preview:
        lines.append(f"前 {course.preview} 课可以试看，发「学习 {course.id} 1」。")
    return "\n".join(lines)


def how(course: Course) -> str:
    """Return how to get a course."""
    buy = f"单买 {format_fen(course.price)}，发「买课 {course.id}」" if course.price else ""
    join = "" if course.access == "free" else _MEMBERS
    return "；或者".join(part for part in (buy, join) if part)


def bought(order: Order, title: str) -> str:
    """Return what the buyer reads when the money is there."""
    return (
        f"收到 {format_fen(order.amount_fen)}（D{order.number}），《{title}》开通了，长期有效。"
        f"发「学习 {order.item}」开始。"
    )


def money_comes_back(order: Order, title: str) -> str:
    """Return what the buyer reads in that case."""
    return (
        f"收到 D{order.number} 的 {format_fen(order.amount_fen)}，但《{title}》您之前就买过了，"
        "这笔会退还给您，退好后我会通知您。"
    )


def money_back(order: Order, title: str, amount_fen: int, *, is_still_open: bool) -> str:
    """Return what the buyer reads when money was given back."""
    text = f"《{title}》的 {format_fen(amount_fen)}已退还（D{order.number}），请查收。"
    if is_still_open:
        return f"{text}这门课照常能学。"
    return f"{text}课程先收回了，学到哪里还记着，再买回来接着学。"


def has_already(course: Course) -> str:
    """Return what is said to who need not buy."""
    return f"《{course.title}》您现在就能学，不用单买，发「学习 {course.id}」开始。"


def offer_line(course: Course) -> str:
    """Return a course that is sold as one line of a list."""
    return f"《{course.title}》{len(course.lessons)} 课，{format_fen(course.price)}"


def not_sold(course: Course) -> str:
    """Return what is said of a course that has no price."""
    return f"《{course.title}》不单卖，{_MEMBERS}。"


def _how_short(course: Course) -> str:
    price = format_fen(course.price) if course.price else ""
    return "，".join(part for part in (price, "" if course.access == "free" else "会员可学") if part)


def _title(lesson: Lesson) -> str:
    return lesson.post.title if lesson.post else "还没有放出来"


def _teaser(lesson: Lesson) -> str:
    body = " ".join(to_plain(lesson.post.body).split()) if lesson.post else ""
    return body[:_TEASER].rstrip("，。；、：！？,.;:!? ") if len(body) > 2 * _TEASER else ""
