"""A rule as an owner writes it in `bot.yaml`, and the faults an owner can make in one."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import re
from collections.abc import Iterable
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from bot.config_model import Section
from bot.config_types import Text, Texts, as_tuple
from bot.moderation.links import check_domain
from bot.moderation.model import VerdictAction
from bot.moderation.rules_hours import HoursList
from bot.moderation.rules_kinds import KINDS, KindName
from bot.moderation.rules_patterns import compile_pattern
from bot.moderation.rules_words import check_sound, check_word, read_word_file
from bot.units import Duration

RoleName = Literal["guest", "member", "expert"]
ContactName = Literal["weixin", "qq", "phone", "telegram", "mail", "other"]
CodeName = Literal[
    "weixin_group", "weixin_person", "other_group", "payment", "official_account", "mini_program", "link", "other"
]
SightName = Literal["link", "contact", "invitation", "card", "mini_program", "code", "picture", "file"]
_LONGEST_WITHIN: Final = timedelta(days=1)  # a room's watch remembers no longer
_PERCENT: Final = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*[%％]")
_WORST_RATE: Final = 0.05  # a filter that is wrong once in twenty is none
_FIRST_MESSAGES: Final = 1000  # nobody is a newcomer for longer
_LONGEST_TEXT: Final = 100  # characters of a rule that members read
_LEAST_SIMILAR: Final = 0.3  # see `bot.moderation.reposts.THRESHOLD`


def parse_rate(value: object) -> float:
    """Read a share: `0.4%` or `0.004`.

    Raises:
        ValueError: it is none, or more than 5 %; the text says in Chinese what to write.
    """
    if isinstance(value, str) and (found := _PERCENT.fullmatch(value.strip())):
        value = float(found[1]) / 100
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} 看不懂，请写成 0.4% 这样")
    if not 0 < value <= _WORST_RATE:
        near = f"{value:g}%" if _WORST_RATE < value <= _WORST_RATE * 100 else "0.4%"
        raise ValueError(f"要大于 0 且不超过 5%，现在是 {value * 100:g}%，是 {near} 吗？")
    return float(value)


def _check_within(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= _LONGEST_WITHIN:
        raise ValueError("要大于 0 且不超过 1d，比如 10m")
    return value


def _check_text(value: str) -> str:
    if len(value) > _LONGEST_TEXT:
        raise ValueError(f"有 {len(value)} 个字，太长了，最多 {_LONGEST_TEXT} 个，成员要一眼看完")
    return value


def _parse_similarity(value: object) -> float:
    if isinstance(value, str) and (found := _PERCENT.fullmatch(value.strip())):
        value = float(found[1]) / 100
    if isinstance(value, bool) or not isinstance(value, int | float) or not _LEAST_SIMILAR <= value <= 1:
        raise ValueError(f"要在 30% 到 100% 之间，现在是 {value!r}，比如 50%")
    return float(value)


def _check_pattern(value: str) -> str:
    compile_pattern(value)
    return value


def _check_file(value: str) -> str:
    read_word_file(value)
    return value


Rate = Annotated[
    float,
    PlainValidator(parse_rate),
    PlainSerializer(lambda rate: f"{rate * 100:g}%", return_type=str),
    WithJsonSchema({"type": ["number", "string"], "examples": ["0.4%"]}),
]
"""A share of false alarms."""
Similarity = Annotated[
    float,
    PlainValidator(_parse_similarity),
    PlainSerializer(lambda share: f"{share * 100:g}%", return_type=str),
    WithJsonSchema({"type": ["number", "string"], "examples": ["50%"]}),
]
"""How like two texts are."""
Within = Annotated[Duration, AfterValidator(_check_within)]
Word = Annotated[str, AfterValidator(check_word), Field(examples=["代开发票"])]
Sound = Annotated[str, AfterValidator(check_sound), Field(examples=["加微信"])]
Pattern = Annotated[str, AfterValidator(_check_pattern), Field(examples=["日[赚结]\\d{3}"])]
WordFile = Annotated[Text, AfterValidator(_check_file), Field(examples=["words.txt"])]
Words = Annotated[tuple[Word, ...], BeforeValidator(as_tuple, json_schema_input_type=list[Word] | Word)]
Sounds = Annotated[tuple[Sound, ...], BeforeValidator(as_tuple, json_schema_input_type=list[Sound] | Sound)]
Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(as_tuple, json_schema_input_type=list[Pattern] | Pattern)]
Roles = Annotated[tuple[RoleName, ...], BeforeValidator(as_tuple, json_schema_input_type=list[RoleName] | RoleName)]
Contacts = Annotated[
    tuple[ContactName, ...], BeforeValidator(as_tuple, json_schema_input_type=list[ContactName] | ContactName)
]
Codes = Annotated[tuple[CodeName, ...], BeforeValidator(as_tuple, json_schema_input_type=list[CodeName] | CodeName)]
Sights = Annotated[tuple[SightName, ...], BeforeValidator(as_tuple, json_schema_input_type=list[SightName] | SightName)]


class When(Section):
    """When a rule holds; everything that is written must be true."""

    roles: Roles = Field(default=(), title="角色", examples=[["guest", "member"]])
    """只管这些角色的人；不写就管所有人，群主和管理员从来不管。"""
    paying: bool | None = Field(default=None, title="付费")
    """true 只管付费会员，false 只管没付费的。"""
    first: int | None = Field(default=None, ge=1, le=_FIRST_MESSAGES, title="前几条", examples=[5])
    """只管新人进群后的前几条消息。"""
    joined: Duration | None = Field(default=None, title="进群不到", examples=["3d"])
    """只管进群不到这么久的人；机器人没看到进群的不算。"""
    rooms: Texts = Field(default=(), title="群", examples=[["Python学习群"]])
    """只在这些群。"""
    hours: HoursList = Field(default=(), title="时间")
    """只在这些时间。"""
    free: HoursList = Field(default=(), title="自由时间")
    """这些时间不管，比如闲聊时间、可以发招聘的时间。"""


class Rule(Section):
    """One rule of a group."""

    kind: KindName = Field(title="种类", examples=["words"])
    """看什么：words 关键词、link 链接、contact 联系方式等。"""
    text: Annotated[Text, AfterValidator(_check_text)] = Field(default="", title="群规", examples=["不发广告"])
    """成员看到的说法，尽量短。"""
    enabled: bool = Field(default=True, title="启用")
    """false 关掉这条规则。"""
    action: Literal["remind", "warn", "report", "remove"] = Field(default="remind", title="处理")
    """remind 群内提醒，warn 私聊警告，report 报告群主，remove 移出（要有两个独立的理由）。"""
    weight: float = Field(default=1.0, gt=0, le=10, title="分量")
    """一次违规记几分。"""
    shadow: Duration | None = Field(default=None, title="观察期")
    """新规则先观察多久才生效；0s 是马上生效，不写就用总的设置。"""
    when: When = Field(default_factory=When, title="条件")
    """什么时候管。"""
    hits: Texts = Field(default=(), title="该命中", examples=[["加微信领红包"]])
    """应该命中的例子，rules test 会检查。"""
    passes: Texts = Field(default=(), title="该放行", examples=[["微信小程序怎么部署"]])
    """不该命中的例子，rules test 会检查。"""

    words: Words = Field(default=(), title="关键词")
    """出现就算的词。"""
    sounds: Sounds = Field(default=(), title="读音")
    """按读音找的词，写成同音字也算。"""
    file: WordFile | None = Field(default=None, title="词表")
    """放关键词的文本文件，一行一个，UTF-8。"""
    at_least: int | None = Field(default=None, ge=1, le=20, title="至少几个")
    """要出现几个不同的词才算。"""
    patterns: Patterns = Field(default=(), title="正则")
    """RE2 正则表达式，不分大小写；没有环视和反向引用。"""
    deny: Texts = Field(default=(), title="禁止", examples=[["t.cn"]])
    """不许的域名，子域名一起算。"""
    allow: Texts = Field(default=(), title="允许", examples=[["github.com"]])
    """例外：允许的域名、词语、联系方式、小程序名或二维码内容。"""
    shorteners: bool | None = Field(default=None, title="短链接")
    """true 是短链接服务都算。"""
    contacts: Contacts = Field(default=(), title="联系方式")
    """只看这些联系方式；不写就都看。"""
    codes: Codes = Field(default=(), title="二维码")
    """只看这些二维码；不写就都看。"""
    what: Sights = Field(default=(), title="内容")
    """新人不能发什么。"""
    count: int | None = Field(default=None, ge=1, le=1000, title="次数")
    """多少次才算。"""
    within: Within | None = Field(default=None, title="多久之内")
    """在多久之内数，最长 1d。"""
    by: Literal["one", "several", "any"] | None = Field(default=None, title="谁")
    """one 同一个人，several 几个不同的人，any 都算。"""
    characters: int | None = Field(default=None, ge=1, le=100_000, title="字数")
    """几个字以上才算。"""
    lines: int | None = Field(default=None, ge=0, le=10_000, title="行数")
    """几行以上才算；0 是不看行数。"""
    everyone: bool | None = Field(default=None, title="所有人")
    """@所有人 算不算。"""
    false_alarms: Rate | None = Field(default=None, title="误判率")
    """每一千条正常消息最多误判几条，比如 0.4%。"""
    similarity: Similarity | None = Field(default=None, title="相似度")
    """多像才算同一条广告。"""
    avatars: bool | None = Field(default=None, title="头像")
    """false 是只看名字，不看头像像不像群主或管理员。"""

    @model_validator(mode="before")
    @classmethod
    def _check_places(cls, written: object) -> object:
        outside = sorted(When.model_fields.keys() & written.keys()) if isinstance(written, dict) else []
        if outside:
            raise _located([(name, f"是条件，要写在 when 下面，比如 when: {{{name}: …}}") for name in outside])
        return written

    @model_validator(mode="after")
    def _check(self) -> Rule:
        faults = [*self._misplaced(), *self._missing(), *self._domains(), *self._clashes()]
        if faults:
            raise _located(faults)
        return self

    def _misplaced(self) -> Iterable[tuple[str, str]]:
        own = KINDS[self.kind].settings
        for name in sorted(self.model_fields_set & _SETTINGS.keys() - own.keys()):
            usable = f"，它能用：{'、'.join(own)}" if own else ""
            yield name, f"不是 {self.kind} 规则的设置，请删掉{usable}"

    def _missing(self) -> Iterable[tuple[str, str]]:
        kind = KINDS[self.kind]
        if kind.needs and not any(getattr(self, name) for name in kind.needs):
            yield "kind", f"是 {self.kind} 的规则要写 {' 或 '.join(kind.needs)}"
        if self.kind == "hours" and not self.when.hours:
            yield "kind", "是 hours 的规则要写 when: {hours: 23:00-07:00} 这样的时间"

    def _domains(self) -> Iterable[tuple[str, str]]:
        for name in ("deny", "allow") if self.kind == "link" else ():
            for domain in getattr(self, name):
                try:
                    check_domain(domain)
                except ValueError as error:
                    yield name, str(error)

    def _clashes(self) -> Iterable[tuple[str, str]]:
        if both := set(self.deny) & set(self.allow):
            yield "allow", f"里的 {min(both)} 也写在 deny 里，请只留一处"
        if both := set(self.hits) & set(self.passes):
            yield "passes", f"里的「{min(both)[:20]}」也写在 hits 里，请只留一处"
        for name in ("hits", "passes"):
            if getattr(self, name) and not KINDS[self.kind].reads_text:
                yield name, f"只能检查看文字的规则，{self.kind} 规则不看文字，请删掉"

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - settings are of many types
        """Return a setting of this kind: as written, else the kind's own value."""
        written = getattr(self, name)
        return KINDS[self.kind].settings.get(name) if written is None or written == () else written

    @property
    def verdict(self) -> VerdictAction:
        """What the rule asks for."""
        return VerdictAction[self.action.upper()]

    @property
    def family(self) -> str:
        """What kind of reason its findings are."""
        return KINDS[self.kind].family

    @property
    def shown(self) -> str:
        """The rule as people read it."""
        return self.text or KINDS[self.kind].words

    @cached_property
    def listed(self) -> tuple[str, ...]:
        """All its words, those of its file too."""
        return (*self.words, *(read_word_file(self.file) if self.file else ()))

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that change with what the rule does; its words for people and its tests do not."""
        kept = {name: value for name, value in json.loads(self.content).items() if name not in _ASIDE}
        return hashlib.sha256(json.dumps(kept, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]

    @cached_property
    def content(self) -> str:
        """The rule as JSON that `parse_rule` reads, the words of its file in it."""
        kept = self.model_dump(mode="json", exclude_defaults=True, exclude={"file", "words"})
        if self.listed:
            kept["words"] = list(self.listed)
        return json.dumps(kept, ensure_ascii=False, sort_keys=True)


_ASIDE: Final = {"text", "hits", "passes", "shadow"}
_COMMON: Final = {"kind", "text", "enabled", "action", "weight", "shadow", "when", "hits", "passes"}
_SETTINGS: Final = {name: None for name in Rule.model_fields if name not in _COMMON}


def _located(faults: Iterable[tuple[str, str]]) -> ValidationError:
    """Return one error for several settings of a rule, each at its own place."""
    return ValidationError.from_exception_data(
        "Rule",
        [
            InitErrorDetails(
                type=PydanticCustomError("value_error", "{error}", {"error": said}), loc=(name,), input=name
            )
            for name, said in faults
        ],
    )


def _over_shipped(written: object) -> object:
    """Put what is written over the shipped rules: a rule that is only changed keeps the rest of itself."""
    from bot.config_model import overlay
    from bot.moderation.rules_shipped import SHIPPED

    if isinstance(written, list):
        raise ValueError("下面要写「编号: 规则」，不要写成列表，比如 no-cards: {kind: card}")  # noqa: TRY004 - pydantic's
    if not isinstance(written, dict):
        return written
    changed = {name: {"enabled": rule} if isinstance(rule, bool) else rule for name, rule in written.items()}
    faults = [
        (name, _advise_unknown(name, [*SHIPPED, *(other for other in changed if other != name)]))
        for name, rule in changed.items()
        if isinstance(rule, dict) and "kind" not in rule and name not in SHIPPED
    ]
    if faults:
        raise _located(faults)
    return overlay(SHIPPED, changed)


def _advise_unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1, 0.6)
    return f"这条规则没有写 kind，{f'是 {near[0]} 吗？' if near else '比如 kind: words'}"


def parse_rule(content: str) -> Rule:
    """Return a rule from its `content`.

    Raises:
        pydantic.ValidationError: it is none.
    """
    return Rule.model_validate(json.loads(content))


def shipped_rules() -> dict[str, Rule]:
    """Return the rules that hold when nothing is written."""
    from bot.moderation.rules_shipped import SHIPPED

    return {name: Rule.model_validate(rule) for name, rule in SHIPPED.items()}


def _check_name(name: str) -> str:
    if not re.fullmatch(r"[\w-]{1,40}", name):
        near = re.sub(r"[^\w-]+", "-", name.strip())[:40].strip("-") or "no-adverts"
        raise ValueError(f"规则的编号只能用文字、数字和减号，最长 40 个字，{name!r} 可以写成 {near}")
    return name


RuleId = Annotated[str, AfterValidator(_check_name), Field(examples=["no-adverts"])]
Rules = Annotated[
    dict[RuleId, Rule],
    BeforeValidator(_over_shipped, json_schema_input_type=dict[RuleId, Rule | bool]),
]
"""Rules by id, over the shipped ones; `id: false` switches a shipped one off. A room's own are put over the common
ones by the core, key by key. As the type of a settings field it wants `Field(default_factory=shipped_rules)`."""
