"""Reads pasted error output: tracebacks of Python, Java, Node, Go and Rust, and bare error lines of anything."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from bot.search.faults import Fault, Paste, clean_message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST = 20_000  # characters looked at; the error stands at one of the ends
_LONGEST_LINE, _LONGEST_MESSAGE, _LONGEST_PROSE = 1_000, 300, 120
_MOST_FAULTS, _MOST_CODES, _MOST_LIBRARIES, _MOST_FUNCTIONS = 3, 3, 3, 3

_MODULE = r"(?:[A-Za-z_$][\w$]*\.)*"
_TYPE = rf"(?<![\w.$])(?P<type>{_MODULE}[A-Za-z_$]?[\w$]*(?:Error|Exception|Warning|Interrupt|Expired))(?: \[\w+\])?"
# The first that matches a line names its error.
_ERRORS = tuple(
    map(
        re.compile,
        (
            r"panicked at '(?P<message>.+)', \S+:\d+",
            r"\berror\[(?P<code>[A-Z]\d{4})\]: *(?P<message>.+)",
            r"\bERROR (?P<code>\d{4}) \(\w{5}\)[^:]*: *(?P<message>.+)",
            rf"{_TYPE}: *(?P<message>\S.*)",
            rf"^(?:Caused by: |Uncaught |Exception in thread \S+ )?{_TYPE}$",
            r"^(?:panic|fatal error|FATAL ERROR|FATAL): *(?P<message>.+)",
            r"\[(?:error|crit|emerg)\] \d+#\d+: (?:\*\d+ )?(?P<message>.+?)(?:, client: .*)?$",
            r"(?P<message>blocked by CORS policy.*)",
            r"(?P<message>Permission denied \(\w+\))",
            r"\b(?P<code>(?:ORA|TNS|PLS|DB2|TS|CS)-?\d{4,5}): *(?P<message>.+)",
        ),
    )
)
# These only count when nothing better is there.
_VAGUE = tuple(
    map(
        re.compile,
        (
            rf"^(?P<type>{_MODULE}[A-Z]\w+): *(?P<message>\S.*)",  # the last line of a traceback, whatever its name
            r"^npm (?:ERR!|error) (?!code\b)(?P<message>.+)",
            r"^(?:fatal|error|ERROR): *(?P<message>.+)",
        ),
    )
)
_RUST_HEAD = re.compile(r"panicked at \S+:\d+:\d+:$")  # the message stands on the next line
_CODE = re.compile(
    r"\b(?:ORA|TNS|PLS|DB2)-?\d{4,5}\b|\b(?:TS|CS)\d{4}\b|\bERR_[A-Z_]+\b|\b0x8[0-9A-Fa-f]{7}\b"
    r"|\bE(?:CONN(?:REFUSED|RESET|ABORTED)|ADDR(?:INUSE|NOTAVAIL)|TIMEDOUT|HOSTUNREACH|NOTFOUND|NOENT|ACCES|PERM|PIPE"
    r"|EXIST|ISDIR|NOTDIR|NOTEMPTY|BUSY|MFILE|NOSPC|NOMEM|RESOLVE|INTEGRITY|AI_AGAIN|LIFECYCLE)\b"
    r"|\b(?:ImagePullBackOff|ErrImagePull|CrashLoopBackOff|OOMKilled|SIGSEGV|SIGKILL|SIGABRT)\b"
)
_SERVER_NUMBER = re.compile(r"\((\d{4}), [\"']")  # (2006, "MySQL server has gone away")
_EXIT = re.compile(r"\bexit(?:ed)?(?: with)? (?:code|status):? *(\d{1,3})\b|退出码[:： 是]*(\d{1,3})", re.IGNORECASE)

_IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
_TRAILING_PROSE = re.compile(r"(?<=[\x21-\x7e]) *[，。？！、]? *[\u3400-\u9fff].*$")
_HEADS = (
    "Traceback (most recent call last)",
    "During handling of",
    "The above exception",
    "goroutine ",
    "stack backtrace",
)
_FRAME = re.compile(
    r"(?P<go>[\w/.-]*\w\.[\w.()*-]+)\((?:0x|\{|\.\.\.|\)).*|\s*(?:"
    r"File \"(?P<file>[^\"]+)\", line \d+(?:, in (?P<python>.+))?"
    r"|File (?P<cell>\S+):\d+, in (?P<notebook>\w+)"
    r"|at (?:async |new )?(?P<function>[\w$.<>/\[\] ]+?)? ?\((?P<place>[^()]*)\)"
    r"|at \S+:\d+:\d+|\.\.\. \d+ more"
    r"|(?P<source>[/\w.@:\\-]+\.(?:go|rs)):\d+.*|\d+: (?P<rust>[\w:<>]+)|--> \S+:\d+:\d+"
    r"|created by .*|\[Previous line repeated .*)\s*"
)
_INSTALLED = re.compile(
    r"(?:site|dist)-packages[\\/](\w+)|node_modules[\\/](?:@[\w.-]+[\\/])?([\w.-]+)|pkg/mod/[\w.]+/[\w.-]+/([\w.-]+?)@"
    r"|registry/src/[^/]+/([\w-]+?)-\d"
)
_STANDARD = re.compile(r"[\\/](?:lib|Lib)[\\/](?:python3\.\d+[\\/])?(\w+)(?:[\\/]|\.py)")
# A package does not say whether it is the project's own, so only what is known counts.
_JAVA_LIBRARIES = frozenset(
    {
        "springframework", "mysql", "hikari", "ibatis", "mybatis", "hibernate", "netty", "jackson", "oracle",
        "redisson", "lettuce", "jedis", "kafka", "tomcat", "elasticsearch", "cglib", "druid", "dubbo",
        "postgresql", "gson", "okhttp3", "rocketmq", "zookeeper", "nacos", "shiro", "feign", "seata", "flink",
        "spark", "hadoop", "poi", "quartz", "guava",
    }
)  # fmt: skip
_PORTS = {"6379": "redis", "3306": "mysql", "5432": "postgres", "27017": "mongo", "9200": "elasticsearch",
          "5672": "rabbitmq", "9092": "kafka"}  # fmt: skip
_PORT = re.compile(rf"(?<=[:\s])(?:{'|'.join(_PORTS)})\b")
_DULL_PARTS = frozenset(
    {
        "com", "org", "net", "io", "cn", "java", "javax", "util", "lang", "sql", "exc", "exceptions", "errors",
        "err", "exception", "core", "orm", "jdbc", "cj", "beans", "factory", "decoder", "cuda",
    }
)  # fmt: skip
_DULL_FUNCTIONS = frozenset(
    {
        "<module>", "main", "__call__", "__init__", "wrapper", "run", "get", "app", "inner", "<anonymous>",
        "<computed>",
    }
)  # fmt: skip


def read_paste(text: str) -> Paste | None:
    """Return the faults of a pasted traceback, stack trace or error line; None when the text holds none."""
    lines = _split(text)
    kept = _drop_frames(lines)
    errors = _find_errors(kept)
    if not errors:
        return None
    libraries, functions = _find_libraries(lines), _find_functions(lines)
    faults = dict.fromkeys(_make_fault(*error, libraries, functions) for error in reversed(errors[-_MOST_FAULTS:]))
    return Paste(tuple(faults), _find_prose(kept))


def is_error_output(text: str) -> bool:
    """Return whether a sentence of a post only shows an error and says nothing about it."""
    if len(_IDEOGRAPH.findall(text)) > 1:
        return False
    lines = _split(text)
    return any(map(_is_frame, lines)) or bool(_find_errors([line.strip() for line in lines]))


def _split(text: str) -> list[str]:
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}\n{text[-_LONGEST // 2 :]}"
    return [line[:_LONGEST_LINE].rstrip() for line in text.splitlines()]


def _find_errors(lines: Sequence[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return (type with its module, message, codes) in the order of the text."""
    codes = _find_codes("\n".join(lines))
    for patterns in (_ERRORS, _VAGUE):
        found = [error for place, line in enumerate(lines) if (error := _read_line(line, lines[place + 1 :], patterns))]
        if found:
            own = set(chain.from_iterable(error[2] for error in found))
            loose = tuple(code for code in codes if code not in own)
            return [(kind, message, named or loose) for kind, message, named in found]
    return [("", "", codes)] if codes else []


def _read_line(
    line: str, following: Sequence[str], patterns: Iterable[re.Pattern[str]]
) -> tuple[str, str, tuple[str, ...]] | None:
    if _RUST_HEAD.search(line) and following:
        return "", _cut_message(following[0]), ()
    match = next(filter(None, (pattern.search(line) for pattern in patterns)), None)
    if match is None:
        return None
    part = match.groupdict()
    message = part.get("message") or ""
    codes = tuple(dict.fromkeys((*filter(None, [part.get("code")]), *_find_codes(message))))
    return part.get("type") or "", _cut_message(message), codes


def _cut_message(message: str) -> str:
    """Return a message without what a person wrote behind it; a message in Chinese stays."""
    if message[:1].isascii():
        message = _TRAILING_PROSE.sub("", message)
    return clean_message(message)[:_LONGEST_MESSAGE]


def _find_codes(text: str) -> tuple[str, ...]:
    exits = [f"exit code {one or other}" for one, other in _EXIT.findall(text) if (one or other) not in {"0", "1", "2"}]
    return tuple(dict.fromkeys([*_CODE.findall(text), *_SERVER_NUMBER.findall(text), *exits]))[:_MOST_CODES]


def _make_fault(
    kind: str, message: str, codes: tuple[str, ...], libraries: Sequence[str], functions: tuple[str, ...]
) -> Fault:
    *module, name = kind.replace("$", ".").split(".")
    named = [part for part in module if part.casefold() not in _DULL_PARTS and not part[:1].isupper()]
    named = [part for part in named if part in _JAVA_LIBRARIES] if module[:1] in (["com"], ["org"], ["net"]) else named
    return Fault(name, message, codes, tuple(dict.fromkeys([*named, *libraries]))[:_MOST_LIBRARIES], functions)


def _drop_frames(lines: Sequence[str]) -> list[str]:
    """Return the lines without frames and without the source lines that Python shows under each."""
    kept: list[str] = []
    is_python = False
    for line in lines:
        if _is_frame(line):
            is_python = '"' in line
        elif not (is_python and line[:1] == " "):
            is_python = False
            kept.append(line.strip())
    return kept


def _is_frame(line: str) -> bool:
    return line.strip().startswith(_HEADS) or _FRAME.fullmatch(line) is not None


def _frames(lines: Sequence[str]) -> list[dict[str, str]]:
    """Return what is known of each frame, innermost first."""
    found = [match.groupdict("") for line in lines if (match := _FRAME.fullmatch(line))]
    return found[::-1] if any(frame["file"] for frame in found) else found


def _find_libraries(lines: Sequence[str]) -> list[str]:
    """Return whose code the innermost frame outside the project is, else the service whose port is named."""
    frames = _frames(lines)
    for frame in frames:
        if match := _INSTALLED.search(frame["file"] or frame["place"] or frame["source"]):
            return [next(filter(None, match.groups())).casefold()]
        if known := [part for part in frame["function"].split(".") if part in _JAVA_LIBRARIES]:
            return known[-1:]
    standard = [match[1] for frame in frames if (match := _STANDARD.search(frame["file"]))]
    return standard[:1] or [_PORTS[number] for line in lines for number in _PORT.findall(line)][:1]


def _find_functions(lines: Sequence[str]) -> tuple[str, ...]:
    names = []
    for frame in _frames(lines):
        written = frame["python"] or frame["notebook"] or frame["function"] or frame["go"] or frame["rust"]
        names.append(re.split(r"[./:]", written.partition(" [")[0])[-1].strip("()"))
    return tuple(dict.fromkeys(name for name in names if name and name not in _DULL_FUNCTIONS))[:_MOST_FUNCTIONS]


def _find_prose(lines: Sequence[str]) -> str:
    """Return what the person said beside the error."""
    spoken = []
    for line in lines:
        if _IDEOGRAPH.search(line):
            match = next(filter(None, (pattern.search(line) for pattern in _ERRORS)), None)
            spoken.append(line if match is None else f"{line[: match.start()]} {_tail(line[match.start() :])}")
    return " ".join(" ".join(spoken).split())[:_LONGEST_PROSE]


def _tail(line: str) -> str:
    match = _TRAILING_PROSE.search(line)
    return match.group().strip() if match else ""
