"""The kinds of values an owner writes: time zones, people, endpoints, encoders; each refuses with the right form."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Final, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_ZONE_OF_PLACE: Final = {
    place: zone
    for zone, places in {
        "Asia/Shanghai": "beijing shanghai shenzhen guangzhou hangzhou chengdu wuhan nanjing xian china prc cst "
        "utc+8 gmt+8 +8 +08:00 东八区 中国 北京 北京时间 上海 深圳 广州 杭州 成都 武汉 南京 西安 重庆 天津 苏州 "
        "厦门 长沙 郑州 青岛",
        "Asia/Hong_Kong": "hongkong hkt 香港",
        "Asia/Macau": "macao 澳门",
        "Asia/Taipei": "taiwan taipei 台北 台湾 臺北",
        "Asia/Urumqi": "urumqi xinjiang 乌鲁木齐 新疆",
        "Asia/Singapore": "singapore sgt 新加坡",
        "Asia/Tokyo": "tokyo japan jst 东京 日本",
        "Asia/Seoul": "seoul korea kst 首尔 韩国",
        "Asia/Kuala_Lumpur": "malaysia 吉隆坡 马来西亚",
        "Asia/Bangkok": "thailand bangkok 曼谷 泰国",
        "Asia/Dubai": "dubai 迪拜",
        "Asia/Kolkata": "india ist delhi mumbai 印度 新德里 孟买",
        "Australia/Sydney": "sydney 悉尼 澳大利亚",
        "Australia/Melbourne": "melbourne 墨尔本",
        "Pacific/Auckland": "auckland 奥克兰 新西兰",
        "Europe/London": "london bst uk 伦敦 英国",
        "Europe/Paris": "paris 巴黎 法国",
        "Europe/Berlin": "berlin 柏林 德国",
        "Europe/Moscow": "moscow 莫斯科 俄罗斯",
        "America/Toronto": "toronto 多伦多",
        "America/Vancouver": "vancouver 温哥华",
        "America/New_York": "est edt eastern newyork boston 纽约 波士顿 美东",
        "America/Chicago": "chicago 芝加哥 美中",
        "America/Los_Angeles": "pst pdt pacific losangeles seattle sanfrancisco 洛杉矶 旧金山 西雅图 硅谷 美西",
        "UTC": "utc gmt z utc+0 世界时 格林威治",
    }.items()
    for place in places.split()
}
_HOST_PORT = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(?P<port>\d+)")
_MOST_PORT: Final = 65_535


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _check_zone(name: str) -> str:
    if name in _zones() and ("/" in name or name == "UTC"):
        return name
    raise ValueError(f"时区 {name!r} 不认识，是否 {suggest_zone(name)}？")


def suggest_zone(name: str) -> str:
    """Return the time zone that was probably meant by a city, an abbreviation or a misspelt name."""
    folded = name.strip().lower().replace(" ", "").replace("_", "")
    last = folded.rsplit("/", maxsplit=1)[-1]
    for word in (folded, last, last.rstrip("市")):
        if word in _ZONE_OF_PLACE:
            return _ZONE_OF_PLACE[word]
    by_folded = {zone.lower().replace("_", ""): zone for zone in sorted(_zones()) if "/" in zone}
    by_city = {zone.rsplit("/", maxsplit=1)[-1]: full for zone, full in by_folded.items()}
    for words, known in ((folded, by_folded), (last, by_city), (last, _ZONE_OF_PLACE)):
        if nearest := difflib.get_close_matches(words, known, 1, 0.7):
            return known[nearest[0]]
    return "Asia/Shanghai"


ZoneName = Annotated[str, AfterValidator(_check_zone), Field(examples=["Asia/Shanghai"])]
"""An IANA time zone."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as an owner names them in a file.

    Attributes:
        kind: `weixin` and `contact` are ids, `name` is whatever the account calls itself.
        value: the id or name.
    """

    kind: Literal["weixin", "contact", "name"]
    value: str

    @property
    def is_strong(self) -> bool:
        """Whether this may grant rights: a name anybody can take may not."""
        return self.kind != "name"

    def __str__(self) -> str:
        return self.value if self.kind == "name" else f"{self.kind}:{self.value}"


def parse_person(value: object) -> Person:
    """Read `weixin:<id>`, `contact:<id>` or a name.

    Raises:
        ValueError: in Chinese, with the right form; PydanticCustomError when it is no text.
    """
    if isinstance(value, Person):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "text expected")  # told as for every other text
    if not value.strip():
        raise ValueError('请写微信号或昵称，比如 weixin:laowang 或 "老王"')
    kind, colon, rest = value.strip().replace("：", ":", 1).partition(":")
    if not colon:
        return Person("name", kind)
    if kind not in {"weixin", "contact"}:
        nearest = (difflib.get_close_matches(kind.lower(), ["weixin", "contact"], 1, 0.5) or ["weixin"])[0]
        raise ValueError(f"不认识「{kind}:」，是 {nearest}:{rest.strip()} 吗？昵称直接写就行")
    if not rest.strip() or " " in rest.strip():
        raise ValueError(f"「{kind}:」后面要写完整的微信号，比如 {kind}:laowang")
    return Person("weixin" if kind == "weixin" else "contact", rest.strip())


PersonName = Annotated[
    Person,
    PlainValidator(parse_person),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "minLength": 1, "examples": ["weixin:laowang", "老王"]}),
]
"""A settings field that reads `parse_person`'s forms."""


def check_endpoint(value: str) -> str:
    """Return `host:port` as it was written.

    Raises:
        ValueError: in Chinese, with the right form.
    """
    if "://" in value:
        raise ValueError(f"地址不写协议，是 {value.split('://', 1)[1].rstrip('/')} 吗？")
    found = _HOST_PORT.fullmatch(value.replace("：", ":"))
    if found is None:
        raise ValueError(f"地址 {value!r} 要写成「主机:端口」，比如 127.0.0.1:8788")
    if not 1 <= int(found["port"]) <= _MOST_PORT:
        raise ValueError(f"端口 {found['port']} 超出范围，要在 1 到 {_MOST_PORT} 之间，比如 8788")
    return value.replace("：", ":")


Endpoint = Annotated[str, AfterValidator(check_endpoint), Field(examples=["127.0.0.1:8788"])]
"""`host:port`."""


def _check_encoder(value: str) -> str:
    kind, colon, name = value.replace("：", ":", 1).partition(":")
    if value in {"embedded", "none"} or (kind == "sentence-transformers" and name.strip()):
        return value.replace("：", ":", 1)
    if kind == "sentence-transformers":
        raise ValueError("sentence-transformers: 后面要写模型名或目录，比如 BAAI/bge-small-zh-v1.5")
    nearest = difflib.get_close_matches(kind.lower(), ["embedded", "none", "sentence-transformers"], 1, 0.5)
    if nearest and (colon or nearest[0] != "sentence-transformers"):
        raise ValueError(f"不认识 {value!r}，是 {nearest[0]}{colon}{name} 吗？")
    model = value if "/" in value else "<模型名>"
    raise ValueError(f"不认识 {value!r}，请写 embedded 或 sentence-transformers:{model}")


EncoderName = Annotated[
    str, AfterValidator(_check_encoder), Field(examples=["embedded", "sentence-transformers:BAAI/bge-small-zh-v1.5"])
]
"""`embedded`, or `sentence-transformers:` and a model."""


def _check_text(value: str) -> str:
    if not value.strip():
        raise ValueError("这里不能是空的")
    return value.strip()


Text = Annotated[str, AfterValidator(_check_text)]
"""Text with something in it; blanks around it are dropped."""


def as_tuple(value: object) -> object:
    """Turn one value or a list, as they are written, into a tuple; leave a mapping to be refused."""
    if isinstance(value, list):
        return tuple(value)
    return value if isinstance(value, dict | tuple) or value is None else (value,)


People = Annotated[
    tuple[PersonName, ...], BeforeValidator(as_tuple, json_schema_input_type=list[PersonName] | PersonName)
]
"""One person or a list of them."""

Texts = Annotated[tuple[Text, ...], BeforeValidator(as_tuple, json_schema_input_type=list[Text] | Text)]
"""One text or a list of them."""
