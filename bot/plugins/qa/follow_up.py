"""Tells whether a message goes on with the last question, and what it asks when it is written out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.plugin import fold, has_topic, is_question

_LONGEST = 24  # characters; whoever writes more says what it is about
_LONGEST_ELLIPSIS = 12
_LONGEST_NAMED = 20


class Way(StrEnum):
    """How a message goes on."""

    SWAP = "swap"
    PLACE = "place"
    WHY = "why"
    EXAMPLE = "example"
    OTHERS = "others"
    DETAIL = "detail"
    POINTING = "pointing"
    ELLIPSIS = "ellipsis"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A message that goes on with the last question.

    Attributes:
        way: how.
        text: what it adds: a new topic, or the question without what points back.
        is_clear: nothing but a follow-up is said like that, so it need not be said to the bot.
        can_stand: it may be asked by itself, too.
    """

    way: Way
    text: str = ""
    is_clear: bool = True
    can_stand: bool = False


_LEAD_IN = r"(?:那么?|如果|要是|假如|假设|那如果|那要是|请问|再问一?下)?[，, ]*"
_ENDING = r"[吗么嘛呢吧啊呀]*"
_HOW = r"(?:应?该)?(?:又|要)?(?:怎么|如何|咋)(?:写|做|弄|办|搞|实现|配置?|用|处理|查|解决|改|样)?"
_WHETHER = r"(?:也?(?:可以|行|能行?|一样|适用|支持)(?:吗|么|不)|行不行|可不可以|有区别吗|会怎样)"
_SWAP = re.compile(
    rf"{_LEAD_IN}(?:换成|换做|改成|改用|换|如果用|要是用|用)(?P<topic>[^，,。?]{{1,{_LONGEST_NAMED}}}?)"
    rf"(?:的话)?[，, ]*(?P<asks>{_HOW}|{_WHETHER}|呢)?{_ENDING}"
)
_CHANGE = ("换成", "换做", "改成", "改用")
_PLACE = re.compile(
    rf"(?P<lead>(?:那么?)?(?:如果|要是|假如)?)[，, ]*是? *(?P<in>在)?(?P<topic>[^，,。?]{{1,{_LONGEST_NAMED}}}?)"
    rf"(?P<at>(?:环境|系统|平台|版本)?(?:上面?|里面?|下面?|中|那边)?)(?:的话|的时候)?[，, ]*"
    rf"(?P<asks>呢|{_HOW}呢?|{_WHETHER})"
)
_WHY = re.compile(
    r"(?:这是|那|但|可)?(?:为什么|为啥|为何|咋回事|什么原因|原因(?:呢|是(?:什么|啥))|怎么回事|什么原理)"
    r"(?:呢|啊|会?这样|要?这样做?)*"
)
_BEFORE = r"(?:[^，,。]{0,12}[，, ]+)?"  # 「太复杂了，」
_EXAMPLE = re.compile(
    rf"{_BEFORE}"
    r"(?:有|有没有|给|来|能给|能不能给|可以给|求|举|能举)?(?:我|一?下|[一几两]?个|段|份)*(?:具体的?|完整的?|简单的?|代码)*"
    r"(?:例子|示例|代码|样例|demo|范例)(?:吗|么|呢|吧|看看|看一下|怎么写)*"
)
_DETAIL = re.compile(
    r"(?:那)?(?:然后|接着|接下来|之后)(?:呢|怎么(?:做|办|弄))|(?:那)?(?:具体|详细)(?:的)?(?:要|应?该)?(?:怎么)?(?:做|操作|弄|写|实现|说说|讲讲|步骤)?(?:呢|吗)*"
    r"|(?:那)?(?:应?该|要)?怎么(?:做|操作|弄|写|实现|配置|用|改)(?:呢|啊)*|(?:能|可以)?(?:说|讲)(?:得)?(?:具体|详细)(?:一?点|些)?(?:吗|呢)*"
)
_OTHERS = re.compile(
    rf"{_BEFORE}(?:"
    r"(?:那)?(?:还)?有(?:没有)?(?:其他|其它|别|更好|更简单|另外)的?(?:的)?"
    r"(?:办法|方法|方案|方式|选择|思路|做法|解法)?(?:吗|么|呢|没)*"
    r"|(?:其他|其它|别|另外)的?(?:的)?(?:办法|方法|方案|方式|做法)呢|还有(?:吗|呢|什么(?:办法|方法|方案)))"
)
_WHOLE = ((Way.WHY, _WHY), (Way.EXAMPLE, _EXAMPLE), (Way.OTHERS, _OTHERS), (Way.DETAIL, _DETAIL))
_POINTING = re.compile(
    r"^(?:那|但是?|可是?)?(?:它们?|他|这个(?:方法|办法|方案|东西|命令|函数|库|参数|配置)?|这样做?"
    r"|这种(?:方法|办法|方案|写法|方式)?|那个(?!谁|人)|那样|上面(?:的|说的|那个)?(?:方法|办法|方案|命令|代码)?"
    r"|刚才(?:的|说的|那个)?(?:方法|办法|方案|命令)?)"
)
_CLAUSES = re.compile(
    r"(?:[，, ]?一般)?(?:怎么|如何|怎样|咋|为什么|为啥|为何|是?(?:什么|啥)|哪[个些里]|多少|能不能|可不可以|可以|会不会"
    r"|是不是|有没有|有哪些|要不要|该不该|求助|求教|请教).*$"
)
_ASKING = re.compile(
    r"怎么办?|如何|怎样|咋|为什么|为啥|为何|是?什么|啥|哪个|哪些|能不能|可不可以|请问|求助|求教|吗|呢|呀|啊|[?]"
)
_FILLER = re.compile(r"^(?:请问|问一?下|想问一?下|大家|各位|有人知道|谁知道|有没有人知道)[，, ]*")
_LATIN = re.compile(r"[a-z][a-z0-9+#._-]*", re.IGNORECASE)
# What can stand for one another: a new name takes the place of the old one of its kind.
_KINDS = tuple(
    frozenset(names.split())
    for names in (
        "windows win win10 win11 linux mac macos osx ubuntu debian centos fedora alpine wsl android ios 苹果 安卓",
        "python py go golang java javascript js typescript ts node nodejs rust c c++ c# php ruby kotlin swift lua",
        "mysql mariadb postgres postgresql pg sqlite oracle sqlserver mongodb mongo redis clickhouse 达梦",
        "django flask fastapi tornado spring springboot express gin laravel rails",
        "docker podman k8s kubernetes containerd",
        "kafka rabbitmq rocketmq nats celery",
        "pip uv conda poetry pipenv npm yarn pnpm apt yum brew",
        "nginx apache caddy traefik", "vue react angular svelte", "chrome firefox safari edge", "git svn",
        "requests httpx aiohttp urllib", "rdb aof", "http https", "get post put delete", "github gitee gitlab",
    )
)  # fmt: skip


def read_follow_up(text: str) -> FollowUp | None:
    """Return how a message goes on with what was asked before; None when it does not.

    Args:
        text: normalised, without mentions.
    """
    plain = fold(text).strip().rstrip("?!。.~ ")
    if not plain or len(plain) > _LONGEST:
        return None
    for way, pattern in _WHOLE:
        if pattern.fullmatch(plain):
            is_clear = way is not Way.DETAIL and plain not in {"代码", "例子", "示例", "demo"}
            return FollowUp(way, is_clear=is_clear)
    return _read_pointing(text, plain) or _read_swap(text, plain) or _read_place(text, plain) or _read_rest(text, plain)


def write_out(follow_up: FollowUp, question: str, title: str = "") -> str:
    """Return what a follow-up asks, as a question that says all.

    Args:
        follow_up: the message.
        question: what it goes on with, written out itself.
        title: of the post that answered that.
    """
    match follow_up.way:
        case Way.SWAP:
            return _swap(question, follow_up.text)
        case Way.PLACE:
            return _swap(question, follow_up.text, is_addition=True)
        case Way.WHY:
            return f"{question.rstrip('?？ ')} 为什么"
        case Way.EXAMPLE:
            return f"{question.rstrip('?？ ')} 代码示例"
        case Way.OTHERS:
            return f"{question.rstrip('?？ ')} 其他办法"
        case _:
            return f"{name_topic(question, title)} {follow_up.text}".strip()


def name_topic(question: str, title: str = "") -> str:
    """Return what a question is about: what stands before its question words, or all but these."""
    plain = _FILLER.sub("", question.strip().rstrip("?？!！。 "))
    before = _CLAUSES.sub("", plain).strip(" ，,的")
    if len(before) > 1 and has_topic(before):
        return before
    rest = " ".join(_ASKING.sub(" ", plain).split())
    return rest if has_topic(rest) else title or plain


def _read_pointing(text: str, plain: str) -> FollowUp | None:
    found = _POINTING.match(plain)
    if found is None or not is_question(text):
        return None
    rest = _tail(text, len(plain) - found.end())
    return FollowUp(Way.POINTING, rest, can_stand=True) if has_topic(rest) else None


def _read_swap(text: str, plain: str) -> FollowUp | None:
    found = _SWAP.fullmatch(plain)
    if found is None:
        return None
    topic = _cut(text, plain, found)
    is_clear = not plain.startswith("用")  # 「用 Go」 tells
    asks = bool(found["asks"]) or (is_clear and (is_question(text) or plain.startswith(_CHANGE)))
    return FollowUp(Way.SWAP, topic, is_clear, can_stand=not plain.endswith("呢")) if asks and _is_name(topic) else None


def _read_place(text: str, plain: str) -> FollowUp | None:
    found = _PLACE.fullmatch(plain)
    if found is None:
        return None
    topic = _cut(text, plain, found)
    is_elliptic = found["asks"] == "呢" or found["lead"].startswith("那")
    is_place = bool(found["in"]) or (bool(found["at"]) and any(fold(topic) in kind for kind in _KINDS))
    is_one = _is_name(topic) and (is_elliptic or bool(found["lead"]) or is_place)
    return FollowUp(Way.PLACE, topic, is_elliptic, can_stand=not is_elliptic) if is_one else None


def _read_rest(text: str, plain: str) -> FollowUp | None:
    """Read what says too little to be a question of its own."""
    if len(plain) > _LONGEST_ELLIPSIS or _LATIN.search(plain) or not is_question(text) or not has_topic(text):
        return None
    return FollowUp(Way.ELLIPSIS, text.strip(), is_clear=False, can_stand=True)


def _is_name(topic: str) -> bool:
    return bool(topic) and has_topic(topic) and not is_question(topic)


def _cut(text: str, plain: str, found: re.Match[str]) -> str:
    """Return the topic as it was written, when folding kept the places."""
    stripped = text.strip()
    start, end = found.span("topic")
    return (stripped if len(fold(stripped)) == len(stripped) else plain)[start:end].strip(" “”\"'「」")


def _tail(text: str, length: int) -> str:
    return text.strip().rstrip("?？!！。.~ ")[-length:].strip() if length else ""


def _swap(question: str, topic: str, *, is_addition: bool = False) -> str:
    """Put a new topic in the place of the old one of its kind, or of the only name there is, or before all."""
    plain = question.strip()
    kinds = [kind for kind in _KINDS if fold(topic).strip() in kind]
    names = list(_LATIN.finditer(plain))
    same = [name for name in names if any(fold(name.group()) in kind for kind in kinds)]
    old = same[0] if same else (names[0] if names and not is_addition else None)
    if old is not None:
        return f"{plain[: old.start()]}{topic}{plain[old.end() :]}"
    return f"{topic} {plain}"
