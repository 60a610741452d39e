"""HTML → Markdown as posts are written: fences with their language, no pictures, no scripts."""

from __future__ import annotations

import re
from typing import Any

_LANGUAGE = re.compile(r"\b(?:language|lang|brush|highlight-source)[-:]\s*([a-z0-9+#]{1,20})", re.IGNORECASE)
_TOP_HEADING = re.compile(r"\A\s*# +(.+?)[ #]*(?:\n+|\Z)")
_FENCE_LINE = re.compile(r"^ {0,3}(`{3,}|~{3,})")


def to_markdown(html: str) -> str:
    """Return HTML as Markdown; take scripts out first, whose text would stay."""
    from markdownify import markdownify

    made: str = markdownify(
        html,
        heading_style="ATX",
        bullets="-",
        strip=["img"],
        code_language_callback=_language_of,
        escape_underscores=False,
        escape_asterisks=False,
        table_infer_header=True,
    )
    return _tidy(made)


def take_heading(markdown: str) -> tuple[str, str]:
    """Return the first heading when the text begins with one of the first level, and the rest."""
    found = _TOP_HEADING.match(markdown)
    return (found[1].strip(" *"), markdown[found.end() :]) if found else ("", markdown)


def fence(code: str, language: str = "") -> str:
    """Return code between fences that no line of it can close."""
    longest = max((len(found) for found in re.findall(r"`{3,}", code)), default=2)
    mark = "`" * (longest + 1)
    return f"{mark}{language}\n{code}\n{mark}"


def _language_of(element: Any) -> str:  # noqa: ANN401 - a tag of Beautiful Soup
    tags = [element, *element.find_all("code", limit=1), *([element.parent] if element.parent else [])]
    names = " ".join(" ".join(tag.get("class") or []) for tag in tags if hasattr(tag, "get"))
    found = _LANGUAGE.search(names)
    return found[1].lower() if found else ""


def _tidy(markdown: str) -> str:
    """Take trailing blanks and rows of empty lines out of everything but code."""
    lines: list[str] = []
    mark = ""
    for line in markdown.splitlines():
        found = _FENCE_LINE.match(line)
        if found and (not mark or line.strip() == mark):
            mark = "" if mark else found[1]
        if mark or line.strip() or (lines and lines[-1].strip()):
            lines.append(line.rstrip())
    return "\n".join(lines).strip("\n")
