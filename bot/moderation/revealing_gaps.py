"""Separators sprinkled between characters, characters one below the other, text written backwards: all undone.

Ordinary punctuation stands between words; a sprinkled separator stands inside them. So a gap counts as one when the two
characters around it are neighbours in ordinary Chinese (`neighbours`), and only many such gaps are closed.
"""

from __future__ import annotations

import re

from bot.moderation.neighbours import are_neighbours, count_neighbours
from bot.moderation.revealing_draft import Draft

_HAN = "\u3400-\u9fff"
# What is looked behind for comes after the first character, here and below: a set to begin with is found far sooner.
_HAN_GAP = re.compile(f"[^{_HAN}a-z0-9](?<=[{_HAN}].)[^{_HAN}a-z0-9]{{0,3}}(?=[{_HAN}])", re.DOTALL)
_SIGN = f"{_HAN}a-z0-9+"
_SINGLES = re.compile(f"(?:(?<![{_SIGN}])[{_SIGN}][^{_SIGN}]{{1,3}}){{3,}}[{_SIGN}](?![{_SIGN}])")
_TWO_SINGLES = re.compile(f"[^{_SIGN}][{_SIGN}][^{_SIGN}]{{1,3}}[{_SIGN}][^{_SIGN}]")  # in the midst of four
_SINGLE_LETTER = re.compile(r"[a-z](?<![a-z].)(?![a-z])")
_LETTER_GAP = re.compile(f"(?<=[{_SIGN}])[^{_SIGN}\n]{{1,2}}(?=[{_SIGN}])")
_LINK_SIGNS = {".", "/", "-", "_", "@", ":", ": ", " "}  # they have a meaning between letters
_NOT_WORD = re.compile(f"[^{_HAN}a-z0-9+]+")
_NUMERALS = frozenset("一二三四五六七八九十")
_ORDINARY = re.compile("[,.!?:;()\"'<>。、\\[\\]~ ]+")
_HAN_ONE = re.compile(f"[{_HAN}]")
_LINES = re.compile(r"\n+[ \t]*")
_CODE = re.compile(r"[{};=]|\(\)|->|=>|//|</|^[ \t]*[#|>-] ", re.MULTILINE)
_LATIN = re.compile("[a-z]+")
_FEWEST_SINGLES = 5  # letters that stand alone
_SHORT = 2  # characters of a line in a text that stands upright
_BETWEEN_COLUMNS = frozenset(" \t|")
_FEWEST_ROWS, _MOST_COLUMNS = 3, 200  # of a text in several columns
_TABLE = re.compile(r"^[ \t]*\|.*\|[ \t]*\n[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
_PROGRAM = re.compile(r"[a-z_]{2}\(|`[a-z][^`\n\u3400-\u9fff]{2,}`|=>|->|[{;]\n|</|^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
_FEWEST_GAPS = 3
_ENOUGH_GAPS = re.compile(f"[{_SIGN}]*(?:[^{_SIGN}]+[{_SIGN}]+){{{_FEWEST_GAPS - 1}}}[^{_SIGN}]")  # as `_NOT_WORD` has
_FEWEST_PAIRS = 6  # of characters, to tell the direction of a text
_CLAUSE = re.compile(r"[^\n,.!?;。]{7,}")
_SHARE_INSIDE = 0.5  # of the gaps stand inside words: ordinary punctuation has one in five (cf. tests)
_SINGLE_RUN_HAN = 2  # Chinese characters in a run of single ones: 「a b c d」 is no disguise


def close_gaps(draft: Draft) -> None:
    """Take out separators that were sprinkled into words."""
    if not _ENOUGH_GAPS.match(draft.text) or not _may_have_gaps(draft.text):
        return
    if _TWO_SINGLES.search(draft.text):
        _close_runs_of_singles(draft)
    _close_spelt(draft)
    gaps = list(_HAN_GAP.finditer(draft.text))
    han = len(_HAN_ONE.findall(draft.text))
    if _TABLE.search(draft.text):
        gaps = [gap for gap in gaps if "|" not in gap[0]]
    if len(gaps) < _FEWEST_GAPS or len(gaps) * 6 < han:
        return
    odd = [gap for gap in gaps if not _ORDINARY.fullmatch(gap[0])]
    if (_are_sprinkled(odd, han) and not _PROGRAM.search(draft.text)) or (
        len(odd) * 6 >= han and _are_inside_words(draft.text, odd)
    ):
        signs = {sign for gap in odd for sign in gap[0]}
        _drop(draft, odd, "字间夹符号")
        _close_between_letters(draft, signs)
    elif len(gaps) * 4 >= han and _are_inside_words(draft.text, gaps):
        _drop(draft, gaps, "字间夹符号")


def _may_have_gaps(text: str) -> bool:
    """Tell whether a text has what any of the steps needs; nearly all of talk has not."""
    gaps = len(_HAN_GAP.findall(text))
    return (
        (gaps >= _FEWEST_GAPS and gaps * 6 >= len(_HAN_ONE.findall(text)))
        or _TWO_SINGLES.search(text) is not None
        or len(_SINGLE_LETTER.findall(text)) >= _FEWEST_SINGLES
    )


def _close_spelt(draft: Draft) -> None:
    """「j i a w ei」: letters apart, as nobody writes English, in a text that also has Chinese."""
    if len(_SINGLE_LETTER.findall(draft.text)) < _FEWEST_SINGLES:
        return
    words = _LATIN.findall(draft.text)
    singles = sum(len(word) == 1 for word in words)
    if singles < _FEWEST_SINGLES or singles * 3 < len(words) or _CODE.search(draft.text):
        return
    if not _HAN_ONE.search(draft.text) or len({word for word in words if len(word) == 1}) < _FEWEST_SINGLES:
        return
    gaps = [gap for gap in _LETTER_GAP.finditer(draft.text) if not _HAN_ONE.match(draft.text[gap.end()])]
    _drop(draft, [gap for gap in gaps if not _HAN_ONE.match(draft.text[gap.start() - 1])], "字间夹符号")


def _are_sprinkled(odd: list[re.Match[str]], han: int) -> bool:
    """Tell whether there are so many different odd separators that they can have no meaning."""
    return len(odd) > _FEWEST_GAPS and len(odd) * 4 >= han and len({gap[0].strip() for gap in odd}) > _FEWEST_GAPS


def _close_between_letters(draft: Draft, signs: set[str]) -> None:
    """Where separators were sprinkled between Chinese characters, they were between letters too."""
    gaps = [gap for gap in _LETTER_GAP.finditer(draft.text) if signs.issuperset(gap[0]) and gap[0] not in _LINK_SIGNS]
    draft.replace((gap.start(), gap.end(), "") for gap in gaps)


def _are_inside_words(text: str, gaps: list[re.Match[str]]) -> bool:
    sides = [(text[gap.start() - 1], text[gap.end()]) for gap in gaps]
    inside = sum(are_neighbours(*side) for side in sides if not _NUMERALS.issuperset(side))
    return inside >= _FEWEST_GAPS and inside >= len(gaps) * _SHARE_INSIDE


def _drop(draft: Draft, gaps: list[re.Match[str]], trick: str) -> None:
    draft.replace((gap.start(), gap.end(), "") for gap in gaps)
    draft.tricks[trick] += len(gaps)


def _close_runs_of_singles(draft: Draft) -> None:
    """「扫 码 领 取」: four single characters or more, each apart from the next."""
    spans = []
    for run in _SINGLES.finditer(draft.text):
        joined = _NOT_WORD.sub("", run[0])
        han = _HAN_ONE.findall(joined)
        is_sequence = joined.isdigit() or "".join(han) in "一二三四五六七八九十甲乙丙丁东南西北中日月火水木金土"
        if len(han) >= _SINGLE_RUN_HAN and not is_sequence and count_neighbours(joined) * 3 >= len(joined) - 1:
            spans.append((run.start(), run.end(), joined))
    for start, end, _ in reversed(spans):
        gaps = [(found.start(), found.end(), "") for found in _NOT_WORD.finditer(draft.text, start, end)]
        draft.replace(gaps)
        draft.tricks["字间夹符号"] += len(gaps)


def read_down(draft: Draft) -> None:
    """Read characters that stand one below the other, in one column or in several."""
    if draft.text.count("\n") < _FEWEST_GAPS:
        return
    lines = [line for line in draft.text.split("\n") if line.strip()]
    short = sum(len(line.strip()) <= _SHORT for line in lines)
    if _read_columns(draft):
        return
    if len(lines) > _FEWEST_GAPS and short * 10 >= len(lines) * 8:
        breaks = list(_LINES.finditer(draft.text))
        _drop(draft, breaks, "竖排")


def _read_columns(draft: Draft) -> bool:
    """Columns side by side: the order of reading is the one whose neighbours are ordinary."""
    if _CODE.search(draft.text):
        return False
    rows = [
        [at for at in range(line.start(), line.end()) if draft.text[at] not in _BETWEEN_COLUMNS]
        for line in re.finditer(r"[^\n]+", draft.text)
    ]
    rows = [row for row in rows if row]
    width = max(map(len, rows), default=0)
    if len(rows) < _FEWEST_ROWS or width > _MOST_COLUMNS or any(len(row) < width - 1 for row in rows[:-1]):
        return False
    across = [at for row in rows for at in row]
    columns = [[row[number] for row in rows if number < len(row)] for number in range(width)]
    ways = [[at for column in columns for at in column], [at for column in reversed(columns) for at in column]]
    scores = [count_neighbours("".join(draft.text[at] for at in way)) for way in [across, *ways]]
    best = max(scores[1:])
    han = len(_HAN_ONE.findall(draft.text))
    if best < max(han * 0.45, _FEWEST_GAPS) or best <= scores[0] + han * 0.25:
        return False
    draft.reorder(ways[scores[1:].index(best)])
    draft.tricks["竖排"] += len(rows)
    return True


def turn_around(draft: Draft) -> None:
    """Read what was written backwards, the whole text or single clauses of it."""
    pairs = draft.pairs
    ordinary, strange = pairs.ordinary, len(pairs.strange)
    if strange < ordinary or strange + ordinary < _FEWEST_PAIRS:
        return
    if _is_backwards(draft.text):
        draft.turn(0, len(draft.text))
        draft.tricks["倒写"] += len(draft.text) // 4
        return
    for clause in _CLAUSE.finditer(draft.text):
        if len(clause[0]) < len(draft.text) and not _LATIN.search(clause[0]) and _is_backwards(clause[0], sure=True):
            draft.turn(clause.start(), clause.end())
            draft.tricks["倒写"] += len(clause[0]) // 4


def _is_backwards(text: str, *, sure: bool = False) -> bool:
    han = "".join(_HAN_ONE.findall(text))
    pairs = len(han) - 1
    if pairs < _FEWEST_PAIRS:
        return False
    forwards = count_neighbours(han)
    if forwards * (4 if sure else 2) > pairs:
        return False
    backwards = count_neighbours(han[::-1])
    return backwards * 2 >= pairs and (backwards - forwards) * 10 >= pairs * 3
