"""Jupyter notebooks → Markdown: the text, the code in fences, and what was printed when it is short."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.documents.markdown import fence, take_heading
from bot.documents.model import Converted, DocumentError

_BROKEN = "不是完整的 Jupyter 笔记本，请在 Jupyter 里重新保存一次再试"
_MOST_OUTPUT_LINES, _MOST_OUTPUT = 12, 600  # of what a cell printed; more of it is dropped
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def read_notebook(data: bytes) -> Converted:
    """Return the text and the code of a notebook.

    Raises:
        DocumentError: it is no notebook.
    """
    try:
        notebook = json.loads(data)
        cells = _cells_of(notebook)
        language = str(_language_of(notebook))
        text = "\n\n".join(block for cell in cells for block in _blocks(cell, language))
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
        raise DocumentError(_BROKEN) from error
    title, rest = take_heading(text)
    return Converted(title=title, text=rest if rest.strip() else title)


def _cells_of(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cells; notebooks of version 3 keep them in work sheets."""
    cells = notebook.get("cells")
    if cells is None:
        cells = [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
    if not isinstance(cells, list):
        raise TypeError("cells are no list")
    return cells


def _language_of(notebook: dict[str, Any]) -> str:
    facts = notebook.get("metadata") or {}
    return (facts.get("language_info") or {}).get("name") or (facts.get("kernelspec") or {}).get("language") or "python"


def _blocks(cell: dict[str, Any], language: str) -> Iterator[str]:
    source = _text(cell.get("source", cell.get("input", ""))).strip("\n")
    match cell.get("cell_type"):
        case "markdown" | "raw":
            yield from [source] if source.strip() else []
        case "heading":
            yield f"{'#' * int(cell.get('level', 1))} {source}"
        case "code" if source.strip():
            yield fence(source, language)
            printed = "\n".join(filter(None, map(_printed, cell.get("outputs") or []))).strip("\n")
            if printed and len(printed) <= _MOST_OUTPUT and printed.count("\n") < _MOST_OUTPUT_LINES:
                yield f"输出：\n\n{fence(printed)}"


def _printed(output: dict[str, Any]) -> str:
    if output.get("output_type") == "error":
        return f"{output.get('ename', '')}: {output.get('evalue', '')}"
    data = output.get("data") or {}
    return _ESCAPES.sub("", _text(output.get("text") or data.get("text/plain") or "")).rstrip()


def _text(value: Any) -> str:  # noqa: ANN401 - whatever the file holds
    if isinstance(value, list):
        return "".join(map(str, value))
    if not isinstance(value, str):
        raise TypeError("a source is no text")
    return value
