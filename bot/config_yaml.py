"""YAML with positions: plain values, and for every key and value the line and column it stands at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.config_syntax import explain_reader_error, explain_syntax_error, find_typing_slips, refuse_bytes
from bot.errors import Fault

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]
Path = tuple[str | int, ...]
Place = tuple[int, int]
"""1-based line and column."""

_MOST_BYTES: Final = 1 << 20  # a megabyte of settings is a mistake
_MOST_VALUES: Final = 50_000  # aliases unfolded; a real file has a few thousand at most
_DEEPEST: Final = 20
_WORDS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None,
    "true": True, "yes": True, "on": True,
    "false": False, "no": False, "off": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")  # what is longer is an id, not a count
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?")
_WIDE_QUOTES: Final = tuple("“”‘’＂")
_MERGE_TAG = "tag:yaml.org,2002:merge"
_KNOWN_TAGS: Final = {
    f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null", "merge", "timestamp")
} | {"tag:yaml.org,2002:value"}


@dataclass(slots=True)
class Document:
    """One file as it was written.

    Attributes:
        file: path as the owner typed it.
        value: the whole file; an empty file is an empty mapping. Scalars are told apart by YAML 1.2's rules and
            YAML 1.1's yes, no, on and off; numbers with leading zeros, `1:30` and dates stay text.
        keys: path → place of the key.
        values: path → place of the value.
        texts: path → the characters of a scalar.
        slips: line → what looks mistyped there; of interest only where something else is wrong too.
    """

    file: str
    value: dict[str, Value] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    slips: dict[int, Fault] = field(default_factory=dict)

    def place(self, path: Path, *, of_key: bool = False) -> Place:
        """Return where a value stands, or its key; for what is not written, the nearest thing around it."""
        if of_key and path in self.keys:
            return self.keys[path]
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, (1, 1))

    def fault(self, path: Path, message: str, *, of_key: bool = False) -> Fault:
        """Return a fault at a value, or at its key; a slip of the pen in that line explains it better."""
        line, column = self.place(path, of_key=of_key)
        return self.slips.get(line) or Fault(self.file, line, column, message)


def read_document(file: str, data: bytes) -> tuple[Document, list[Fault]]:
    """Read a YAML file whose top is a mapping.

    Args:
        file: name for the faults.
        data: the bytes; UTF-8, with or without a byte order mark.

    Returns:
        The document (empty when the file is no YAML) and what is wrong with its form.
    """
    if len(data) > _MOST_BYTES:
        return Document(file), [Fault(file, 1, 1, f"文件有 {len(data) >> 10} KB，超过 1 MB，不像是配置文件")]
    if refusal := refuse_bytes(file, data):
        return Document(file), [refusal]
    text = data.decode("utf-8-sig")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        return Document(file), [explain_reader_error(file, text, error)]
    except yaml.MarkedYAMLError as error:
        return Document(file), explain_syntax_error(file, text, error)
    except RecursionError:
        return Document(file), [Fault(file, 1, 1, f"嵌套超过 {_DEEPEST} 层，请检查括号和缩进")]
    return _Reading(file).read(root, text)


class _Reading:
    """Turns the nodes of one file into values and remembers where each stood."""

    def __init__(self, file: str) -> None:
        self._document = Document(file)
        self._faults: list[Fault] = []
        self._left = _MOST_VALUES

    def read(self, root: Node | None, text: str) -> tuple[Document, list[Fault]]:
        """Return the document and the faults of its form."""
        if root is None:
            return self._document, []
        try:
            value = self._value(root, ())
        except _TooMuchError as error:
            place = next(reversed([place for path, place in self._document.keys.items() if len(path) == 1]), (1, 1))
            return Document(self._document.file), [Fault(self._document.file, *place, str(error))]
        self._document.slips = {slip.line: slip for slip in find_typing_slips(self._document.file, text)}
        if isinstance(value, dict):
            self._document.value = value
        elif value is not None:
            self._faults += [*self._document.slips.values()] or [self._at(root, _advise_top(root))]
        return self._document, self._faults

    def _value(self, node: Node, path: Path) -> Value:
        self._left -= 1
        if self._left < 0 or len(path) > _DEEPEST:
            raise _TooMuchError
        self._document.values[path] = _place(node)
        if node.tag not in _KNOWN_TAGS:
            self._faults.append(self._at(node, f"不支持标签 {_shown_tag(node.tag)!r}，请直接写值"))
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self._value(child, (*path, index)) for index, child in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        self._document.texts[path] = node.value
        if node.style is None and node.value[:1] in _WIDE_QUOTES and node.value[-1:] in _WIDE_QUOTES:
            self._faults.append(self._at(node, f'引号是中文的，请换成半角引号："{node.value[1:-1]}"'))
        return resolve_scalar(node.value) if node.style is None else str(node.value)

    def _mapping(self, node: MappingNode, path: Path) -> Value:
        result: dict[str, Value] = {}
        merged: dict[str, Value] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE_TAG:
                merged.update(self._merged(value_node, path))
            elif (key := self._key(key_node, path, result)) is not None:
                self._document.keys[*path, key] = _place(key_node)
                result[key] = self._value(value_node, (*path, key))
        return merged | result

    def _merged(self, node: Node, path: Path) -> dict[str, Value]:
        sources = node.value if isinstance(node, SequenceNode) else [node]
        merged: dict[str, Value] = {}
        for source in reversed(sources):
            value = self._value(source, path)
            if isinstance(value, dict):
                merged.update(value)
            else:
                self._faults.append(self._at(source, "<< 后面只能引用一段「名称: 值」，比如 <<: *模板"))
        return merged

    def _key(self, node: Node, path: Path, known: dict[str, Value]) -> str | None:
        if not isinstance(node, ScalarNode):
            self._faults.append(self._at(node, "名称要写成文字，不能是列表或映射"))
            return None
        key = str(node.value)
        if key in known:
            line = self._document.keys[*path, key][0]
            self._faults.append(self._at(node, f"「{key}」重复了，第 {line} 行已经写过，请只留一个"))
            return None
        return key

    def _at(self, node: Node, message: str) -> Fault:
        return Fault(self._document.file, *_place(node), message)


class _TooMuchError(Exception):
    """Aliases unfold to more than a configuration can hold."""

    def __init__(self) -> None:
        super().__init__("内容展开后太大或引用了自己，请减少 & 和 * 的使用")


def _advise_top(root: Node) -> str:
    if isinstance(root, SequenceNode):
        return "最外层不要写成列表，请去掉行首的「- 」，写成「名称: 值」"
    return "最外层要写成「名称: 值」的样子，比如 name: 小知"


def resolve_scalar(text: str) -> Value:
    """Tell what a plain (unquoted) scalar is: nothing, a truth value, a number or text."""
    lowered = text.lower()
    if lowered in _WORDS and text in {lowered, lowered.upper(), lowered.capitalize()}:
        return _WORDS[lowered]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


def _place(node: Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _shown_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
