"""Markdown as WeChat can show it: plain lines."""

from __future__ import annotations

import re
from collections.abc import Callable

_FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,})[^\n]*\n(.*?)(?:^[ \t]*\2[ \t]*$\n?|\Z)", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"(`+)(?!`)([^\n]+?)(?<!`)\1(?!`)")
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$\n?", re.MULTILINE)
_MARKUP = re.compile(r"[`*_~<|#\[\]\\>+-]|\n{3}")  # a text without any of these is plain already
_MARK = "\ue000"  # private use: stands for a piece of code while the rest is rewritten


def _show_link(found: re.Match[str]) -> str:
    label, url = found[1].strip(), found[2]
    return url if not label or label == url else f"{label}（{url}）"


def _show_row(found: re.Match[str]) -> str:
    return "  ".join(cell.strip() for cell in found[1].split("|"))


_REWRITES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"<!--.*?-->", re.DOTALL), ""),
    (re.compile(r"<br\s*/?>", re.IGNORECASE), "\n"),
    (re.compile(r"!\[([^\]\n]*)\]\(([^)\s]+)[^)\n]*\)"), _show_link),
    (re.compile(r"\[([^\]\n]*)\]\(([^)\s]+)[^)\n]*\)"), _show_link),
    (re.compile(r"<(https?://[^>\s]+)>"), r"\1"),
    (_TABLE_RULE, ""),
    (re.compile(r"^[ \t]*\|(.*?)\|?[ \t]*$", re.MULTILINE), _show_row),
    (re.compile(r"^[ \t]*(?:[-*_][ \t]*){3,}$", re.MULTILINE), ""),
    (re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE), r"\1"),
    (re.compile(r"^(?:[ \t]*>[ \t]?)+", re.MULTILINE), ""),
    (re.compile(r"^([ \t]*)[-*+][ \t]+(?:\[[ xX]\][ \t]+)?", re.MULTILINE), r"\1· "),
    (re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*"), r"\1"),
    (re.compile(r"(?<!\w)__(?=\S)(.+?)(?<=\S)__(?![\w.(])"), r"\1"),
    (re.compile(r"~~(?=\S)(.+?)(?<=\S)~~"), r"\1"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=[^\s_])([^_\n]+?)(?<=[^\s_])_(?![\w_])"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~])"), r"\1"),
    (re.compile(r"\n{3,}"), "\n\n"),
)


def to_plain(markdown: str) -> str:
    """Write Markdown as plain lines for a phone.

    Headings, bold and quotes lose their marks, list items begin with 「·」, links become `text（url）`, table rows
    plain lines; code keeps every character and loses its fences, with a blank line around it.

    Args:
        markdown: text with line breaks as newline characters.
    """
    if _MARK not in markdown and not _MARKUP.search(markdown):
        return markdown.strip("\n")
    codes: list[str] = []

    def put_aside(code: str) -> str:
        codes.append(code)
        return f"{_MARK}{len(codes) - 1}{_MARK}"

    text = markdown.replace(_MARK, "")
    text = _FENCE.sub(lambda found: f"\n\n{put_aside(found[3].rstrip())}\n\n", text)
    text = _INLINE_CODE.sub(lambda found: put_aside(found[2].strip()), text)
    for pattern, shown in _REWRITES:
        text = pattern.sub(shown, text)
    return re.sub(f"{_MARK}(\\d+){_MARK}", lambda found: codes[int(found[1])], text).strip("\n")
