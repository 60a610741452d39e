"""Numbers, addresses and words written with other signs: Chinese digits, leet, hxxp, spelt-out Chinese, initials."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.moderation.revealing_draft import Draft
from bot.moderation.spoken import FUZZY_SOUNDS, latin_words, spoken, to_fuzzy

_DIGITS = {
    sign: str(digit)
    for digit, signs in enumerate(
        ("零〇洞o", "一壹幺弌li", "二贰两俩弍z", "三叁仨弎", "四肆", "五伍", "六陆", "七柒拐", "八捌", "九玖勾")
    )
    for sign in signs
} | {str(digit): str(digit) for digit in range(10)}
_AT_END = r"(?=[oli]*(?:[^a-z]|$))"  # of letters: not at the beginning of a word
_LETTER_DIGIT = rf"[oli]{_AT_END}"
_DIGIT_SIGNS = "".join(sign for sign in _DIGITS if not sign.isalpha() or not sign.isascii())
_ANY_DIGIT = rf"(?:[{_DIGIT_SIGNS}]|{_LETTER_DIGIT})"
_BETWEEN = r"[ \-_.·,、*/]{0,2}"
# Not in the midst of a word or number. What is looked behind for comes after the first sign, found far sooner so.
_DIGIT_RUN = re.compile(
    rf"[{_DIGIT_SIGNS}oli](?:(?<![oli])|{_AT_END})(?:(?<![a-z0-9].)|(?<=[a-z][^a-z])){_BETWEEN}"
    rf"(?:{_ANY_DIGIT}{_BETWEEN}){{3,}}{_ANY_DIGIT}"
)
# What a number of five digits holds that may be in disguise is found far sooner than such a number: five in ASCII, side
# by side, are none.
_DIGITS_IN_A_ROW = re.compile(f"[{_DIGIT_SIGNS}oli](?!(?<=[0-9])[0-9]{{4}})" + f"{_BETWEEN}[{_DIGIT_SIGNS}oli]" * 4)
_DIGIT = re.compile("[0-9零〇一壹幺二贰两三叁四肆五伍六陆七柒八捌九玖洞拐勾oli]")
_ASCII_DIGIT = re.compile("[0-9]")
_HAN_DIGIT = re.compile("[零〇一壹幺二贰两三叁四肆五伍六陆七柒八捌九玖]")
_NOT_BLANK = re.compile(r"\S+")
_LONG_NUMBER = 7  # digits: nobody cuts a number into pieces as long as this
_LETTER = re.compile("[a-z]")
_FEWEST_DIGITS = 5  # of a QQ number
_DATE = re.compile(r"(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}|\d+\.\d+\.\d+\.\d+")
_SEQUENCE = "01234567890123456789"

_SCHEME = re.compile(r"h(?:xx|tt|\*\*|\+\+|77|t7|7t)p(s?)\s*(?:[:.]|冒号)?\s*(?://|／／|\\\\|斜杠斜杠)", re.IGNORECASE)
_ENDING = "com|cn|net|org|top|xyz|vip|cc|io|me|info|shop|club|site|online|live|app|win|fun|pro|link|icu|tv|co|im|ru"
_DOT = re.compile(
    r"(?<=[a-z0-9])\s*(?:[\[({<]\s*(?:\.|dot|点|。)\s*[\])}>]|。|点|丶|、|·|\bdot\b|\s\.|\.\s|\(\)"
    rf"|,(?=(?:{_ENDING})\b))\s*(?=(?:{_ENDING})(?![a-z]))",
)
_INNER_DOT = re.compile(
    r"(?<=\bwww)\s*[。点·,、 ]\s*(?=[a-z0-9])|(?<=[a-z0-9])(?:\[\.\]|\(\.\)|\[dot\]|\(dot\)|。|点)(?=[a-z0-9-]{2,}\.)"
)
ADDRESS_SIGNS = re.compile(
    rf"[\])}}>。点丶、·,.\swh](?:(?=[a-z])(?<!\S\.)(?:{_ENDING})(?![a-z])|(?<=[\])。点])[a-z0-9-]{{2,}}\."
    r"|(?<=w)ww|(?<=h)(?!ttps?://)..p)"
)
"""One of these is in every address that may have to be written otherwise."""

_LEET = str.maketrans("0134578@$!", "oieastbasi")
_LEET_OTHER = str.maketrans("0134578@$!", "oleastbasi")
_MIXED = re.compile(
    r"(?<![a-z0-9@$!/._-])(?=[a-z0-9@$!]*[a-z])(?=[a-z0-9@$!]*[0134578@$!])[a-z0-9@$!]{2,24}(?![a-z0-9/._-])"
)
_LEET_SIGN = re.compile(r"[0134578@$!](?:(?=[a-z])|(?<=[a-z].))")
# What is looked behind for comes after the first letter: a set to begin with is found far sooner.
_SPELT = re.compile(r"[a-z](?<![a-z0-9_./:@-].)[a-z]+(?:[ '-][a-z]{2,})*(?![a-z0-9_./@(=-])")
_WORD = re.compile("[a-z]+")
# Consonants glued to Chinese on one side at least; two or three of them in a message are a habit of the young.
_INITIALS = re.compile(
    "(?<=[\u3400-\u9fff])[b-df-hj-np-tw-z]{2,}(?![a-z_.-])|(?<![a-z_.-])[b-df-hj-np-tw-z]{2,}(?=[\u3400-\u9fff])"
)
_CONSONANTS = re.compile("[b-df-hj-np-tw-z](?<![a-z].)[b-df-hj-np-tw-z]+(?![a-z])")
_PAIR = 2
_FEWEST_INITIALS = 3
_FEWEST_HOMOPHONES = 4
_FEW_SYLLABLES = 3
_LONGEST_WORD = 4  # characters of a word that is written with others
_HAN = re.compile("[\u3400-\u9fff]")
_HAN_HERE = re.compile(f"[\u3400-\u9fff]{{2,{_LONGEST_WORD}}}")


def fold_numbers(draft: Draft) -> None:
    """Write numbers of five digits and more in digits, in one piece."""
    if not _DIGITS_IN_A_ROW.search(draft.text) or len(_DIGIT.findall(draft.text)) < _FEWEST_DIGITS:
        return
    spans = []
    for run in _DIGIT_RUN.finditer(draft.text):
        if run[0].isdigit():
            continue
        for start, end in _pieces(run):
            piece = draft.text[start:end]
            if piece.isdigit():
                continue
            digits = "".join(_DIGITS.get(sign, "") for sign in piece)
            if _is_disguised(piece, digits) and not _DATE.search(piece):
                spans += [(at, at + 1, _DIGITS.get(draft.text[at], "")) for at in range(start, end)]
                draft.tricks["数字变形"] += len(_HAN_DIGIT.findall(piece)) // 2 + bool(_LETTER.search(piece))
    if spans:
        draft.replace(span for span in spans if draft.text[span[0]] != span[2])


def _pieces(run: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Two numbers with a space between them stay two; a number cut by spaces is one."""
    words = [(part.start() + run.start(), part.end() + run.start()) for part in _NOT_BLANK.finditer(run[0])]
    if max(end - start for start, end in words) >= _LONG_NUMBER:
        yield from words
    else:
        yield words[0][0], words[-1][1]


def _is_disguised(run: str, digits: str) -> bool:
    if len(digits) < _FEWEST_DIGITS or (digits in _SEQUENCE and len(run) != len(digits)):
        return False
    plain, han = len(_ASCII_DIGIT.findall(run)), len(_HAN_DIGIT.findall(run))
    letters = sum(sign.isascii() and sign.isalpha() for sign in run)
    if letters and (letters > 2 * (plain + han) or plain + han < _FEWEST_DIGITS - 1):
        return False
    if han:
        return han + plain >= _FEWEST_DIGITS + (plain == 0)
    return bool(letters) or len(digits) >= _LONG_NUMBER


def fold_addresses(draft: Draft) -> None:
    """Write addresses as addresses: http for hxxp, a dot for 「点」 and 「[.]」."""
    spans = [(found.start(), found.end(), f"http{found[1]}://") for found in _SCHEME.finditer(draft.text)]
    spans = [span for span in spans if draft.text[span[0] : span[1]] != span[2]]
    if spans:
        draft.replace(spans)
        draft.tricks["网址变形"] += 2 * len(spans)
    for pattern in (_DOT, _INNER_DOT):
        dots = [(found.start(), found.end(), ".") for found in pattern.finditer(draft.text) if found[0] != "."]
        if dots:
            draft.replace(dots)
            draft.tricks["网址变形"] += 2 * len(dots)


def fold_leet(draft: Draft) -> None:
    """Write words with letters again where digits and signs stand for them (w3ixin)."""
    if not _LEET_SIGN.search(draft.text):
        return
    spans: list[tuple[int, int, str]] = []
    for found in _MIXED.finditer(draft.text):
        word = _read_leet(found[0])
        if word:
            spans.append((found.start(), found.end(), word))
    if spans:
        draft.replace(spans)
        draft.tricks["数字代字母"] += 2 * len(spans)


def _read_leet(word: str) -> str:
    for table in (_LEET, _LEET_OTHER):
        read = word.translate(table)
        if read == word or not read.isalpha():
            continue
        is_spelt = (
            word[0].isalpha() and word[-1].isalpha() and len(read) >= _FEWEST_DIGITS and len(spoken().split(read)) > 1
        )
        if is_spelt or read in latin_words("advertised"):
            return read
    return ""


def read_spelling(draft: Draft) -> None:
    """Write Chinese words in characters where they were spelt (jia wei xin) or cut to initials (jwx)."""
    spans: list[tuple[int, int, str]] = []
    for found in _SPELT.finditer(draft.text):
        if _may_be_spelt(found[0]):
            spans += _read_spelt(draft.text, found)
    if spans:
        draft.replace(spans)
        draft.tricks["拼音代字"] += len(spans)
    _read_initials(draft)


def _may_be_spelt(words: str) -> bool:
    """Tell whether words are two syllables of Chinese or more, or initials; English words are not."""
    known = spoken()
    if words.isalpha():
        return len(known.split(words)) >= _PAIR or words in known.sure_initials
    return sum(len(known.split(word)) for word in _WORD.findall(words)) >= _PAIR


def _read_initials(draft: Draft) -> None:
    """Read initials where so many stand for words that it is no habit any more."""
    if len(_CONSONANTS.findall(draft.text)) < _FEWEST_INITIALS:
        return
    cut = [found for found in _INITIALS.finditer(draft.text) if found[0] not in latin_words("technical")]
    if len({found[0] for found in cut}) < _FEWEST_INITIALS or len(cut) * 12 < len(draft.text):
        return
    known = spoken().by_initials
    draft.replace((found.start(), found.end(), known[found[0]]) for found in cut if found[0] in known)
    draft.tricks["拼音首字母"] += len(cut)


def _read_spelt(text: str, found: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    words = [(part.start() + found.start(), part[0]) for part in _WORD.finditer(found[0])]
    touches = bool(
        _HAN.match(text[found.start() - 1 : found.start()]) or _HAN.match(text[found.end() : found.end() + 1])
    )
    if len(words) == 1 and (words[0][1] in spoken().sure_initials and (touches or len(words[0][1]) > len("wx"))):
        yield found.start(), found.end(), spoken().by_initials[words[0][1]]
        return
    pieces: list[tuple[int, int, str]] = []
    for start, word in words:
        at = start
        for syllable in spoken().split(word):
            pieces.append((at, at + len(syllable), to_fuzzy(syllable)))
            at += len(syllable)
        if at == start:
            yield from _match(pieces, touches=touches)
            pieces = []
    yield from _match(pieces, touches=touches)


def _match(pieces: list[tuple[int, int, str]], *, touches: bool) -> Iterator[tuple[int, int, str]]:
    """Yield the known words among syllables, the longest first.

    Of two or three syllables apart from Chinese all must be such words: English is full of single ones.
    """
    found = list(_match_some(pieces))
    covered = sum(end - start for start, end, _ in found)
    if touches or len(pieces) > _FEW_SYLLABLES or covered >= sum(end - start for start, end, _ in pieces):
        yield from found


def _match_some(pieces: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    at = 0
    while at < len(pieces) - 1:
        for length in range(min(spoken().longest, len(pieces) - at), 1, -1):
            word = spoken().find([piece[2] for piece in pieces[at : at + length]])
            if word:
                yield pieces[at][0], pieces[at + length - 1][1], word
                at += length - 1
                break
        at += 1


def read_homophones(draft: Draft) -> None:
    """Write known words with their own characters where others of the same sound stand (勉废 for 免费).

    What advertisements must say is read so wherever it stands; other words only in a text full of such.
    """
    pairs = draft.pairs
    strange = len(pairs.strange)
    is_odd = strange >= _FEWEST_HOMOPHONES and strange * 5 >= (strange + pairs.ordinary) * 3
    if not is_odd and not _may_be_said(pairs.strange):
        return
    marks = draft.marks
    places = _places_near(marks.strange) if is_odd else _places_said(draft.text, marks.strange)
    found = _read_from(places, draft.text, marks.ordinary, spoken().find if is_odd else spoken().find_said)
    if is_odd and (len(found) < _FEWEST_HOMOPHONES or len(found) * 8 < len(draft.text)):
        found = [span for span in found if span[2] in spoken().words]
    if found:
        draft.replace(found)
        draft.tricks["同音字"] += len(found) if len(found) * 12 >= len(draft.text) else 0


def _may_be_said(pairs: Iterable[tuple[str, str]]) -> bool:
    """Tell whether two characters sound like part of a word of advertisements; nearly all of talk does not."""
    heard, said = FUZZY_SOUNDS, spoken().places_of_pairs
    return not said.keys().isdisjoint([(heard[ord(first)], heard[ord(second)]) for first, second in pairs])


def _places_near(strange: Sequence[int]) -> Iterator[int]:
    """Yield where words may begin in which a strange pair stands."""
    next_one = 0
    for place in strange:
        yield from range(max(next_one, place + _PAIR - _LONGEST_WORD), place + 1)
        next_one = place + 1


def _places_said(text: str, strange: Sequence[int]) -> list[int]:
    """Return where words of advertisements may begin in which a strange pair stands."""
    heard, places_of, found = FUZZY_SOUNDS, spoken().places_of_pairs, set[int]()
    for place in strange:
        for before in places_of.get((heard[ord(text[place])], heard[ord(text[place + 1])]), ()):
            found.add(place - before)
    return sorted(at for at in found if at >= 0)


def _read_from(
    places: Iterable[int], text: str, ordinary: list[bool], find: Callable[[Sequence[str]], str]
) -> list[tuple[int, int, str]]:
    """Return the words that are heard at these places, none within another."""
    found: list[tuple[int, int, str]] = []
    for at in places:
        span = _read_here(text, ordinary, at, find) if not found or at >= found[-1][1] else None
        if span is not None:
            found.append(span)
    return found


def _read_here(
    text: str, ordinary: list[bool], at: int, find: Callable[[Sequence[str]], str]
) -> tuple[int, int, str] | None:
    """Return the longest word that is heard at one place, if any is."""
    han = _HAN_HERE.match(text, at)
    if han is None:
        return None
    heard = [FUZZY_SOUNDS[ord(sign)] for sign in han[0]]
    for length in range(len(heard), 1, -1):
        if False not in ordinary[at : at + length - 1]:
            break
        word = find(heard[:length])
        if word and word != text[at : at + length] and _fits(ordinary, at, length):
            return at, at + length, word
    return None


def _fits(ordinary: list[bool], at: int, length: int) -> bool:
    """Tell whether characters stand there for their sound only: what is around them does not hold them."""
    before = at > 0 and ordinary[at - 1]
    after = at + length - 1 < len(ordinary) and ordinary[at + length - 1]
    return not (before and after) if length > _PAIR else not (before or after)
