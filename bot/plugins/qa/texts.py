"""What members read: answers of at most five lines, sources, and the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.plugin import Hit, to_plain
from bot.plugins.qa.model import Post
from bot.plugins.qa.rules import Confidence

MOST_LINES = 5
NO_ANSWER = "知识库里还没有这个问题的答案。"
_MOST_PROSE = 200  # characters of prose in an answer, the first sentence not counted against it
_LONGEST_LINE = 140
_MOST_IN_ROOM = 1500  # characters of a post shown to a whole group: three messages
_SHORTEST_LINE = 10
_FENCE = re.compile(r"^(`{3,}|~{3,})[^\n]*\n(.*?)(?:\n\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]*[”’」』）]*")
_INTRODUCTION = re.compile(r"[：:]$|^(?:例|例如|比如|举例|示例|如下)[：:，]")  # of what is not shown
_CLAUSE_END = re.compile(r"[；;，,。：]")
_MARKUP_LINE = re.compile(r"#{1,6} |\||[-*_]{3,}$|>")


def answer_text(hit: Hit, post: Post, confidence: Confidence, today: date) -> str:
    """Return an answer: its best sentences, how sure it is, its source; five lines at most.

    Args:
        hit: the best passage.
        post: the post it is from.
        confidence: how sure.
        today: a date of another year is shown with its year.
    """
    has_code = _FENCE.search(post.body) is not None
    lines, shows_code = _answer_lines(hit, post, MOST_LINES - 2)
    cited = f"【把握：{confidence}】{citation(1, post, today)}"
    footer = "发送「来源 1」看全文和代码" if has_code and not shows_code else "发送「来源 1」看全文"
    return "\n".join([*lines, cited, footer])


def citation(place: int, post: Post, today: date) -> str:
    """Return `[1] 张三 3月2日 #57`."""
    parts = (f"[{place}]", post.author, short_date(post.date, today), f"#{post.number}")
    return " ".join(part for part in parts if part)


def short_date(iso: str, today: date) -> str:
    """Return 「3月2日」, with the year when it is another one; empty when there is no date."""
    if not iso:
        return ""
    day = date.fromisoformat(iso[:10])
    return f"{day.month}月{day.day}日" if day.year == today.year else f"{day.year}年{day.month}月{day.day}日"


def post_text(post: Post, today: date) -> str:
    """Return a whole post."""
    facts = " ".join(part for part in (post.author, short_date(post.date, today)) if part)
    tags = "标签：" + " ".join(post.tags) if post.tags else ""
    head = " · ".join(part for part in (facts, tags) if part)
    return "\n".join([f"《{post.title}》#{post.number}", *([head] if head else []), "", to_plain(post.body)])


def room_text(post: Post, today: date) -> str:
    """Return a whole post, or of a long one as much as a group will bear and where the rest is read."""
    text = post_text(post, today)
    if len(text) <= _MOST_IN_ROOM:
        return text
    cut = max(text.rfind(end, 0, _MOST_IN_ROOM) for end in "\n。！？")
    shown = text[: cut + 1 if cut > _MOST_IN_ROOM // 2 else _MOST_IN_ROOM].rstrip()
    return f"{shown}\n……\n后面还有 {len(text) - len(shown)} 字，私聊我发「来源 #{post.number}」看全文。"


def teaser_text(posts: Sequence[Post]) -> str:
    """Return what somebody reads of posts that only members may read."""
    names = "、".join(f"《{post.title}》#{post.number}" for post in posts[:1])
    return f"{names} 讲的就是这个，这是会员内容。\n开通会员后，再问一次就能看到全文。"


def related_text(*, can_choose: bool = True) -> str:
    """Return what stands above the numbered titles; on the command line a number chooses nothing."""
    return f"没有找到直接的答案，这几篇也许有关{'，回复数字看全文' if can_choose else ''}："


def topic_text(topic: str) -> str:
    """Return what stands above the numbered titles when a member only named something."""
    return f"想问「{topic.strip()}」的什么呢？知识库里有这几篇，回复数字看全文："


def unknown_text(number: int = 0, lines: Sequence[str] = ()) -> str:
    """Return the honest no.

    Args:
        number: of the question; 0 when it was not noted.
        lines: what is said below it.
    """
    noted = f"{NO_ANSWER[:-1]}，已记下（Q{number}）。" if number else NO_ANSWER
    return "\n".join([noted, *(lines or ["您知道答案的话，发送「分享 标题 正文」就能补上。"])])


def _answer_lines(hit: Hit, post: Post, most: int) -> tuple[list[str], bool]:
    """Return the lines of an answer and whether code is among them.

    Posts begin with the answer, so their first sentence comes first; then code that is short enough to be shown whole,
    then the sentences of the passage that say most about the question.
    """
    first = _first_paragraph(post)
    lines = first[:1]
    code = _short_code(hit.passage, most - len(lines))
    if code and _FENCE.match(hit.passage.partition("\n\n")[2] or hit.passage):
        return [*lines, *code], True
    for sentence in [*map(_clean, hit.sentences), *(first[1:2] if len(hit.sentences) < most else [])]:
        is_new = bool(sentence) and not any(sentence in line or line in sentence for line in lines)
        fits = len(lines) < most and sum(map(len, lines[1:])) + len(sentence) <= _MOST_PROSE
        if is_new and fits and not _INTRODUCTION.search(sentence):
            lines.append(_shorten(sentence, _LONGEST_LINE))
    if code and len(lines) + len(code) <= most:
        return [*lines, *code], True
    return lines or [_shorten(_clean(hit.passage), _LONGEST_LINE)], False


def _first_paragraph(post: Post) -> list[str]:
    """Return the sentences of a post's first line of prose."""
    for line in map(str.strip, _FENCE.sub("", post.body).splitlines()):
        if _SENTENCE.match(line) and not _MARKUP_LINE.match(line):
            return _join_short([_clean(match[0]) for match in _SENTENCE.finditer(line)])
    return []


def _join_short(sentences: list[str]) -> list[str]:
    """Return the sentences, a first one such as 「多半是。」 put together with the next."""
    if len(sentences) > 1 and len(sentences[0]) < _SHORTEST_LINE:
        sentences = [sentences[0] + sentences[1], *sentences[2:]]
    return [_shorten(sentence, _LONGEST_LINE) for sentence in sentences]


def _short_code(passage: str, most: int) -> list[str]:
    """Return the lines of the first piece of code in a passage that has at most so many."""
    for match in _FENCE.finditer(passage):
        lines = [line.rstrip() for line in match[2].splitlines() if line.strip()]
        if 0 < len(lines) <= most:
            return lines
    return []


def _clean(sentence: str) -> str:
    """Return a sentence as one plain line; nothing for code."""
    return "" if _FENCE.match(sentence) else " ".join(to_plain(sentence).split())


def _shorten(text: str, most: int) -> str:
    """Return a text that is cut at the end of a clause when it is too long."""
    if len(text) <= most:
        return text
    ends = [found.start() for found in _CLAUSE_END.finditer(text[:most]) if found.start() > most // 2]
    return f"{text[: ends[-1] if ends else most - 1]}…"
