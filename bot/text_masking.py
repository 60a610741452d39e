"""Takes secrets and personal data out of what is shared or sent out: a placeholder stands there, code stays code.

Every pattern is bounded and anchored, so that a text of any length is read in one go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

PHONE, MAIL, IDENTITY, CARD = "手机号", "邮箱", "身份证号", "银行卡号"
PRIVATE_KEY, KEY, PASSWORD = "私钥", "密钥", "密码"

_NOT_BEFORE, _NOT_AFTER = r"(?<![0-9A-Za-z_.+/=-])", r"(?![0-9A-Za-z_=-]|\.\d)"

_PEM = re.compile(
    r"-----BEGIN ([A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?)-----(?:\\n|\s)*(?:[\w-]{1,30}: [^\n]{0,100}\n\s*)*"
    r"(?:[A-Za-z0-9+/=]{16,}(?:\\n|[\s\"'+\\])*)+(?:[A-Za-z0-9+/=]{1,15}\s*)?(?:-----END \1-----)?"
)
_TOKEN = re.compile(
    r"(?<![0-9A-Za-z_])(?:"
    r"(?i:QZ|BD)(?:-[0-9A-Za-z]{4}){4}"  # our own: bot.secret_codes
    r"|(?:AKIA|ASIA|AIDA|AROA)[0-9A-Z]{16}"
    r"|LTAI[0-9A-Za-z]{12,24}|AKID[0-9A-Za-z]{32}"
    r"|gh[pousr]_[0-9A-Za-z]{30,255}|github_pat_[0-9A-Za-z_]{36,255}|glpat-[0-9A-Za-z_-]{20,64}"
    r"|sk-(?:proj-|svcacct-|admin-|or-v1-|ant-[a-z0-9]{2,10}-)?(?=[0-9A-Za-z_-]{0,200}\d)[0-9A-Za-z_]{20}[0-9A-Za-z_-]{0,200}"
    r"|xox[abeoprs]-[0-9A-Za-z-]{10,250}|xapp-[0-9A-Za-z-]{20,250}"
    r"|AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{20,250}"
    r"|[sr]k_(?:live|test)_[0-9A-Za-z]{16,250}|whsec_[0-9A-Za-z]{20,100}"
    r"|hf_[0-9A-Za-z]{30,64}|npm_[0-9A-Za-z]{36}|pypi-[0-9A-Za-z_-]{50,250}|dckr_pat_[0-9A-Za-z_-]{20,64}"
    r"|\d{8,10}:AA[0-9A-Za-z_-]{33}"
    r"|eyJ[0-9A-Za-z_-]{10,2000}\.eyJ[0-9A-Za-z_-]{10,8000}\.[0-9A-Za-z_-]{10,2000}"
    r")(?![0-9A-Za-z_])"
)
_HOOK = re.compile(
    r"(hooks\.slack\.com/services/|qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key="
    r"|oapi\.dingtalk\.com/robot/send\?access_token=|open\.feishu\.cn/open-apis/bot/v2/hook/)([0-9A-Za-z/_-]{16,100})"
)
_BEARER = re.compile(
    r"(?i:(authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:bearer|basic|token)\s))([0-9A-Za-z._~+/-]{16,2000}=*)"
)
_ADDRESS = re.compile(r"(?<![0-9A-Za-z+.-])([a-z][a-z0-9+.-]{1,30}://[^\s:/@\"'<>]{0,100}:)([^\s@/\"']{1,200})(?=@)")
_WORD = (
    r"password|passwd|passphrase|pwd|secret[_-]?access[_-]?key|secret[_-]?key|client[_-]?secret|app[_-]?secret|secret"
    r"|api[_-]?key|access[_-]?key(?:[_-]?(?:id|secret))?|private[_-]?key|access[_-]?token|auth[_-]?token|token"
)
_SETTING = re.compile(
    rf"(?<![0-9A-Za-z_.-])(-{{0,2}}(?i:(?:[a-z0-9]{{1,30}}[_.-]){{0,5}}(?:[a-z]{{0,20}})(?:{_WORD})|密码|口令|密钥)[\"']?"
    r"(?:\s?:\s?[A-Za-z][\w.\[\], |]{0,40}(?==|\s=))?(\s{0,8}(?:=>|:=|=|:|：|是)\s{0,8}))"
    r"(?:([bru]?)\"([^\"\n]{4,200})\"|([bru]?)'([^'\n]{4,200})'|([^\s\"'，。；、,;<>)\]}]{6,200}))"
)
_IDENTITY = re.compile(rf"{_NOT_BEFORE}\d{{17}}[\dXx]{_NOT_AFTER}")
_CARD = re.compile(rf"{_NOT_BEFORE}\d{{4}}(?:([ -]?)\d{{4}})(?:\1\d{{4}}){{2}}(?:\1\d{{1,3}})?{_NOT_AFTER}")
_MOBILE = re.compile(rf"{_NOT_BEFORE}(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:([ -]?)\d{{4}})\1\d{{4}}{_NOT_AFTER}")
_LANDLINE = re.compile(rf"{_NOT_BEFORE}0\d{{2,3}}-[2-9]\d{{6,7}}{_NOT_AFTER}")
_TLD = (
    "com|cn|net|org|edu|gov|io|me|cc|co|info|biz|xyz|top|dev|app|ai|tech|vip|club|site|online|email|hk|tw|jp|kr|sg"
    "|uk|us|de|fr|ru|in|eu|ca|au"
)
_MAIL = re.compile(
    r"(?<![0-9A-Za-z_.+/@-])([0-9A-Za-z_+-][0-9A-Za-z_.+-]{0,63})@"
    rf"((?:[0-9A-Za-z-]{{1,63}}\.){{1,4}}(?i:{_TLD}))(?![0-9A-Za-z_-]|\.[A-Za-z]|:[^\s0-9])"
)
_EXAMPLE_HOST = re.compile(r"(?i)(?:.*\.)?(?:example|test|invalid|localhost|domain|yourdomain|mydomain|company)\.\w+")
_NOBODY = re.compile(
    r"(?i)git|hg|svn|no-?reply|do-?not-?reply|user(?:name)?|you|your[._-]?(?:name|e?mail)|name|someone|xxx+"
)

_HARMLESS = re.compile(
    r"(?i)(?:my|your|the|some|new|old|db|root|user|admin|test)*[_-]?"
    r"(?:password|passwd|passphrase|pass|pwd|secret|token|key|api_?key|changeme|example|test|root|admin|postgres|mysql"
    r"|redis|guest|user|username|none|null|true|false|required|optional|string|str|bytes)[_-]?(?:here)?"
    r"|[<%$].*|.*[\[({<].*|.*%[sd].*|[*.x-]+|\W+"
    r"|.*(?:xxx|\*\*\*|\.\.\.|placeholder|change[_-]?me|your[_-]).*"
)
_DULL = re.compile(r"[\d.:/-]{1,12}|v?\d+(?:\.\d+)+|[a-z]+(?:[-_./][a-z]+)*")  # numbers, versions, words
_NAME = re.compile(r"[A-Za-z_]+\d{0,2}|[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)+|[A-Za-z_]\w*(?:::|->).*")
_SIGNS = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"\d"), re.compile(r"[!@#$%^&*+=~?/_.-]"))
_SHORTEST_SECRET, _SHORTEST_WORD, _FEWEST_SIGNS = 6, 8, 3
_OPENED_CARD = re.compile(r"62\d{14,17}|4\d{15}|5[1-5]\d{14}|35\d{14}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without secrets.

    Attributes:
        text: with a placeholder such as `<手机号>` for each.
        kinds: what was taken out, each kind once, in the order of `KINDS`.
    """

    text: str
    kinds: tuple[str, ...] = ()


KINDS = (PRIVATE_KEY, KEY, PASSWORD, IDENTITY, CARD, PHONE, MAIL)


def mask(text: str) -> Masked:
    """Return a text without secrets and personal data."""
    found: set[str] = set()
    for kind, pattern, decide in _RULES:
        text = _replace(text, kind, pattern, decide, found)
    return Masked(text, tuple(kind for kind in KINDS if kind in found))


Decide = Callable[[re.Match[str]], str | None]
"""Returns what stands for a match, None to leave it."""


def _replace(text: str, kind: str, pattern: re.Pattern[str], decide: Decide, found: set[str]) -> str:
    def put(match: re.Match[str]) -> str:
        instead = decide(match)
        if instead is None:
            return match[0]
        found.add(PASSWORD if f"<{PASSWORD}>" in instead and f"<{PASSWORD}>" not in match[0] else kind)
        return instead

    return pattern.sub(put, text)


def _whole(kind: str) -> Decide:
    return lambda _: f"<{kind}>"


def _token(match: re.Match[str]) -> str | None:
    return None if _is_filler(match[0]) else f"<{KEY}>"


def _behind(kind: str) -> Decide:
    """Keep what stands in front of the secret."""
    return lambda match: None if _is_harmless(match[2]) else f"{match[1]}<{kind}>"


def _setting(match: re.Match[str]) -> str | None:
    """Mask the value of `password = "…"`, unless it is code or says nothing."""
    name = match[1][: -len(match[2])].strip("-\"' ")
    kind = PASSWORD if re.search(r"(?i)pass|pwd|密码|口令", name) else KEY
    doubled, single, plain = match[4], match[6], match[7]
    if plain is not None:
        is_shell = match[2] == "=" and name.isupper()
        is_code = _NAME.fullmatch(plain) is not None and not is_shell
        return None if is_code or not _is_secret(plain, kind, may_be_word=is_shell) else f"{match[1]}<{kind}>"
    mark, prefix, value = ('"', match[3], doubled) if doubled is not None else ("'", match[5], single)
    is_set = _is_secret(value, kind, may_be_word="=" in match[2])
    return f"{match[1]}{prefix}{mark}<{kind}>{mark}" if is_set else None


def _is_secret(value: str, kind: str, *, may_be_word: bool) -> bool:
    """Whether a value is set to something that only its owner knows."""
    if len(value) < _SHORTEST_SECRET or not value.isascii() or " " in value or _is_harmless(value):
        return False
    if kind == PASSWORD and (value.isdigit() or (may_be_word and value.isalpha() and len(value) >= _SHORTEST_WORD)):
        return True
    is_mixed = sum(sign.search(value) is not None for sign in _SIGNS) > 1
    return is_mixed and not value.isalpha() and _DULL.fullmatch(value) is None


def _is_harmless(value: str) -> bool:
    return _HARMLESS.fullmatch(value) is not None or (not value.isdigit() and _is_filler(value))


def _is_filler(value: str) -> bool:
    """Whether it is `xxxxxxxx` or `sk-0000…`: few different signs behind the beginning that every token has."""
    return len(set(value.lower()[len(value) // 3 :])) <= _FEWEST_SIGNS


def _identity(match: re.Match[str]) -> str | None:
    digits = match[0].upper()
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return f"<{IDENTITY}>" if "10X98765432"[total % 11] == digits[17] and _is_birthday(digits[6:14]) else None


def _is_birthday(digits: str) -> bool:
    try:
        born = date.fromisoformat(digits)
    except ValueError:
        return False
    return born.year >= 1900  # noqa: PLR2004 - nobody is older


def _card(match: re.Match[str]) -> str | None:
    digits = re.sub(r"\D", "", match[0])
    return f"<{CARD}>" if _OPENED_CARD.fullmatch(digits) and _passes_luhn(digits) else None


def _passes_luhn(digits: str) -> bool:
    """Every second digit from the right counts twice, and a product of two digits counts by both."""
    values = [int(digit) for digit in reversed(digits)]
    return (sum(values[::2]) + sum(sum(divmod(2 * value, 10)) for value in values[1::2])) % 10 == 0


def _mail(match: re.Match[str]) -> str | None:
    is_nobody = _NOBODY.fullmatch(match[1]) is not None or _EXAMPLE_HOST.fullmatch(match[2]) is not None
    return None if is_nobody else f"<{MAIL}>"


_RULES: Sequence[tuple[str, re.Pattern[str], Decide]] = (
    (PRIVATE_KEY, _PEM, _whole(PRIVATE_KEY)),
    (KEY, _HOOK, _behind(KEY)),
    (PASSWORD, _ADDRESS, _behind(PASSWORD)),
    (KEY, _BEARER, _behind(KEY)),
    (KEY, _TOKEN, _token),
    (KEY, _SETTING, _setting),
    (IDENTITY, _IDENTITY, _identity),
    (CARD, _CARD, _card),
    (PHONE, _MOBILE, _whole(PHONE)),
    (PHONE, _LANDLINE, _whole(PHONE)),
    (MAIL, _MAIL, _mail),
)
