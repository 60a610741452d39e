"""Draws how search grows, as SVG text: no drawing library is needed for five small curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 300, 170, 46, 44, 46
_COLUMNS = 3
_COLOURS = ("#2563eb", "#dc2626")
# One panel each: title, then what is drawn with its name.
_PANELS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("question to outbox, ms", (("ms_p95", "p95"), ("ms_p50", "p50"))),
    ("the same, processor ms", (("cpu_ms_p95", "p95"), ("cpu_ms_p50", "p50"))),
    ("search and plain calls, ms", (("ms_search", "search"), ("ms_plain", "plain"))),
    ("memory, MB", (("rss_mb", "resident"),)),
    ("database, MB", (("database_mb", "file"),)),
    ("start, s", (("searchable_s", "by meaning"), ("ready_s", "online"))),
)


def draw_growth(sizes: Mapping[str, Mapping[str, float]]) -> str:
    """Return an SVG of what `bench_ask` returned; both axes are logarithmic.

    Args:
        sizes: by number of passages.
    """
    panels = [_draw_panel(place, title, lines, sizes) for place, (title, lines) in enumerate(_PANELS)]
    rows = math.ceil(len(_PANELS) / _COLUMNS)
    width, height = _COLUMNS * (_WIDTH + _GAP) + _LEFT, rows * (_HEIGHT + _TOP + _GAP)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif"'
        f' font-size="11" fill="#374151"><rect width="{width}" height="{height}" fill="#fff"/>'
    )
    return "\n".join([head, *panels, "</svg>", ""])


def _draw_panel(
    place: int, title: str, lines: Sequence[tuple[str, str]], sizes: Mapping[str, Mapping[str, float]]
) -> str:
    row, column = divmod(place, _COLUMNS)
    left, top = _LEFT + column * (_WIDTH + _GAP), _TOP + row * (_HEIGHT + _TOP + _GAP // 2)
    numbers = sorted(map(int, sizes))
    values = [sizes[str(number)][name] for name, _ in lines for number in numbers]
    across = _Scale([float(number) for number in numbers], 0, _WIDTH)
    up = _Scale(values, _HEIGHT, 0)
    parts = [
        f'<g transform="translate({left} {top})">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#9ca3af"/>',
        f'<text x="0" y="-10" font-weight="bold">{escape(title)}</text>',
    ]
    parts += [
        f'<text x="{across(number):.1f}" y="{_HEIGHT + 15}" text-anchor="middle">{_short(number)}</text>'
        for number in numbers
    ]
    for place_of_line, (name, label) in enumerate(lines):
        points = [(across(number), up(sizes[str(number)][name])) for number in numbers]
        parts += _draw_line(points, _COLOURS[place_of_line])
        parts += [
            f'<text x="{x:.1f}" y="{y - 6:.1f}" text-anchor="middle" fill="{_COLOURS[place_of_line]}">'
            f"{sizes[str(number)][name]:g}</text>"
            for number, (x, y) in zip(numbers, points, strict=True)
        ]
        x = _WIDTH - 6 - 70 * place_of_line
        parts.append(f'<text x="{x}" y="-10" text-anchor="end" fill="{_COLOURS[place_of_line]}">{escape(label)}</text>')
    return "".join([*parts, "</g>"])


def _draw_line(points: Sequence[tuple[float, float]], colour: str) -> list[str]:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in points]
    return [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>', *dots]


class _Scale:
    """Maps values to places on a logarithmic axis, with a margin at both ends."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        logs = [math.log10(max(value, 1e-3)) for value in values]
        self._low, self._span = min(logs), (max(logs) - min(logs)) or 1.0
        self._start, self._length = start + 0.12 * (end - start), 0.74 * (end - start)

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        return self._start + self._length * (math.log10(max(value, 1e-3)) - self._low) / self._span


def _short(number: int) -> str:
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if number >= unit:
            return f"{number / unit:.3g}{name}"
    return str(number)
