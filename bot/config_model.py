"""What `bot.yaml` can say, with a default for everything."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, cast
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, SecretStr

from bot.config_language_model import LanguageModelConfig
from bot.config_payments import PaymentsConfig
from bot.config_schema import read_strictly
from bot.config_types import EncoderName, Endpoint, People, Text, Texts, ZoneName
from bot.model import Role
from bot.units import Duration, parse_duration

ModelT = TypeVar("ModelT", bound=BaseModel)
RoleName = Literal["owner", "admin", "expert", "member", "guest"]
_RESTART: dict[str, Any] = {"x-needs-restart": True}  # such a change is told, and takes effect at the next start
_Port = Annotated[int, Field(ge=1, le=65_535, examples=[8080])]


def _check_ascending(value: tuple[float, float]) -> tuple[float, float]:
    low, high = value
    if low < 0 or high < low:
        near = sorted((abs(low), abs(high)))
        raise ValueError(f"两个秒数要先小后大且不为负，比如 [{near[0]:g}, {near[1]:g}]")
    return value


_Seconds = Annotated[tuple[float, float], AfterValidator(_check_ascending)]


class Section(BaseModel):
    """Base of every part of a settings file: nothing unknown, nothing changed later, no guessing of types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class GatewayConfig(Section):
    """How WeChat is reached. The token comes from WECHATY_PUPPET_SERVICE_TOKEN only."""

    kind: Literal["wechaty", "simulated"] = Field(default="wechaty", title="网关")
    """wechaty 连接真实的 puppet service，simulated 是内置的模拟群。"""
    endpoint: Endpoint | None = Field(default=None, title="地址")
    """主机:端口；环境变量 WECHATY_PUPPET_SERVICE_ENDPOINT 优先。"""
    puppet: Text | None = Field(default=None, title="种类")
    """网关后面是哪种 puppet，比如 wechat4u、xp、padlocal；不写就自己认。"""
    tls: bool = Field(default=False, title="加密")
    """网关是否用 TLS。"""
    ca_file: Text | None = Field(default=None, title="证书")
    """自签名证书的 CA 文件。"""
    server_name: Text | None = Field(default=None, title="证书域名")
    """TLS 证书上的名字，和地址不同时才写。"""
    call_timeout: Duration = Field(default=parse_duration("30s"), title="超时")
    """一次调用最多等多久。"""


class SendingConfig(Section):
    """How fast the bot may talk (DESIGN §2: sending too fast costs the account)."""

    per_room_seconds: float = Field(default=1.0, ge=0, le=3600, title="同群间隔")
    """同一个群两条消息之间的秒数。"""
    switch_seconds: _Seconds = Field(default=(3.0, 5.0), title="换群间隔")
    """换一个群之前等的秒数，在两数之间随机。"""
    per_minute: int = Field(default=40, ge=1, le=600, title="每分钟条数")
    """全部群加起来每分钟最多几条。"""
    daily_budget: int = Field(default=500, ge=1, le=100_000, title="每日条数")
    """每天最多几条。"""
    first_week_factor: float = Field(default=0.5, gt=0, le=1, title="首周折扣")
    """新账号头七天，每日条数乘以它。"""
    max_length: int = Field(default=1200, ge=50, le=2000, title="最长字数")
    """一条消息最多几个字，更长的在句末拆开。"""
    settle_seconds: float = Field(default=10.0, ge=0, le=600, title="确认秒数")
    """发送结果不明时，等自己的回显多久。"""
    merge_under_pressure: bool = Field(default=True, title="合并")
    """排队太长时，把低优先级的回复合成一条。"""
    merge_from: int = Field(default=5, ge=2, le=1000, title="合并起点")
    """同一个群排到几条时开始合并。"""


class KeepConfig(Section):
    """How long what is on record stays."""

    messages: Duration = Field(default=parse_duration("30d"), title="消息")
    """收到的消息保留多久。"""
    sent: Duration = Field(default=parse_duration("90d"), title="已发")
    """发出的消息保留多久。"""
    dialogues: Duration = Field(default=parse_duration("1d"), title="对话")
    """没说完的对话保留多久。"""


class LogConfig(Section):
    """What is written down about the bot's work."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", title="级别")
    """debug 最细，error 最少。"""
    texts: bool = Field(default=False, title="记录原文")
    """是否把消息原文写进日志；默认不写。"""
    max_megabytes: float = Field(default=10.0, gt=0, le=1000, title="单个大小")
    """一个日志文件最大多少 MB。"""
    backups: int = Field(default=5, ge=0, le=100, title="份数")
    """保留几份旧日志。"""


class WebConfig(Section):
    """The page of the simulated group; only this machine can open it."""

    port: _Port = Field(default=8600, title="端口", json_schema_extra=_RESTART)
    """demo 的网页开在哪个端口。"""


def _as_entry(value: object) -> object:
    return {"enabled": value} if isinstance(value, bool) else value


class PluginEntry(BaseModel):
    """One plugin's settings; all but `enabled` is the plugin's own and is checked by its own model."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, use_attribute_docstrings=True)

    enabled: bool | None = Field(default=None, title="启用")
    """开或关；不写就是开。"""

    @property
    def settings(self) -> dict[str, Any]:
        """What is written for the plugin itself."""
        return dict(self.__pydantic_extra__ or {})


PluginEntries = dict[str, Annotated[PluginEntry, BeforeValidator(_as_entry, json_schema_input_type=PluginEntry | bool)]]


class RoomConfig(Section):
    """What is different in one room."""

    enabled: bool = Field(default=True, title="启用")
    """关掉后机器人在这个群里只听不说。"""
    roles: dict[RoleName, People] = Field(default_factory=dict, title="角色")
    """角色 → 人；除群主和管理员外另给的。"""
    dry_run: bool = Field(default=False, title="演练")
    """演练时不真的警告和移除，只告诉群主会做什么。"""
    triggers: Literal["mention", "words", "all"] = Field(default="words", title="触发")
    """mention 只理会 @ 和 /词；words 还理会单独的指令词；all 连闲聊里的提问也回答。"""
    timezone: ZoneName | None = Field(default=None, title="时区")
    """和总设置不同时才写。"""
    plugins: PluginEntries = Field(default_factory=dict, title="插件")
    """插件名 → 在这个群里不同的设置。"""


_PEOPLE_WITH = {Role.OWNER: "owner", Role.ADMIN: "admins", Role.EXPERT: "experts"}
_UNLISTED_ROOM = RoomConfig()  # made once: it is asked for several times a message


RoomEntries = dict[Text, Annotated[RoomConfig, BeforeValidator(_as_entry, json_schema_input_type=RoomConfig | bool)]]


class CommandsConfig(Section):
    """Limits and names of commands."""

    cooldown: Duration = Field(default=parse_duration("2s"), title="冷却")
    """同一个人两次指令之间。"""
    daily_per_member: int = Field(default=200, ge=1, title="每人每日")
    """每人每群每天最多几次。"""
    daily_per_room: int = Field(default=2000, ge=1, title="每群每日")
    """每群每天最多几次。"""
    daily: dict[Text, Annotated[int, Field(ge=0)]] = Field(default_factory=dict, title="单个指令每日")
    """指令 → 每人每天最多几次。"""
    aliases: dict[Text, Text] = Field(default_factory=dict, title="别名")
    """新的叫法 → 原来的指令。"""
    choice_minutes: float = Field(default=2.0, gt=0, le=60, title="选择分钟")
    """列表发出后，几分钟内可以直接回数字。"""


class SearchConfig(Section):
    """How sure an answer must be."""

    answer_threshold: float | None = Field(default=None, gt=0, le=2, title="回答阈值")
    """多少分以上才回答；不写就用编码器自己的。用 python -m bot eval calibrate 算，换了编码器要重新算。"""


class Config(Section):
    """The whole of `bot.yaml`."""

    community: Text = Field(default="default", title="社群", json_schema_extra=_RESTART)
    """数据里的社群编号，定了就不要改。"""
    name: Text = Field(default="小知", title="名字")
    """机器人的名字，群里 @ 它用。"""
    timezone: ZoneName = Field(default="Asia/Shanghai", title="时区")
    """时间按哪里的钟。"""
    owner: People = Field(default=(), title="群主")
    """机器人听谁的；weixin:微信号 最可靠。"""
    admins: People = Field(default=(), title="管理员")
    """每个群里的管理员。"""
    experts: People = Field(default=(), title="专家")
    """可以收录和审核知识的人。"""
    encoder: EncoderName = Field(default="embedded", title="编码器", json_schema_extra=_RESTART)
    """embedded 是自带的；也可以写 sentence-transformers:模型名；none 只按关键词找，省一百多 MB 内存。"""
    search: SearchConfig = Field(default_factory=SearchConfig, title="检索")
    knowledge: Text = Field(default="knowledge", title="知识目录", json_schema_extra=_RESTART)
    """Markdown 文章所在的目录。"""
    data: Text = Field(default="data", title="数据目录", json_schema_extra=_RESTART)
    """数据库和日志所在的目录。"""
    gateway: GatewayConfig = Field(default_factory=GatewayConfig, title="网关", json_schema_extra=_RESTART)
    sending: SendingConfig = Field(default_factory=SendingConfig, title="发送")
    keep: KeepConfig = Field(default_factory=KeepConfig, title="保留")
    log: LogConfig = Field(default_factory=LogConfig, title="日志", json_schema_extra=_RESTART)
    web: WebConfig = Field(default_factory=WebConfig, title="网页")
    payments: PaymentsConfig = Field(default_factory=PaymentsConfig, title="收款")
    plugins: PluginEntries = Field(default_factory=dict, title="插件")
    """插件名 → 设置。"""
    plugin_folders: Texts = Field(default=(), title="插件目录", json_schema_extra=_RESTART)
    """另外放插件的目录。"""
    rooms: RoomEntries = Field(default_factory=dict, title="群")
    """群名 → 这个群的设置。"""
    commands: CommandsConfig = Field(default_factory=CommandsConfig, title="指令")

    _token: SecretStr | None = PrivateAttr(None)
    _language_model: LanguageModelConfig | None = PrivateAttr(None)
    _payment_secrets: dict[str, SecretStr] = PrivateAttr(default_factory=dict)
    _settings: dict[tuple[str, type[BaseModel], str | None], BaseModel] = PrivateAttr(default_factory=dict)

    def __copy__(self) -> Config:
        copy = super().__copy__()
        copy._settings = {}  # a copy may be given other plugins and rooms  # noqa: SLF001 - our own class
        return copy

    @property
    def gateway_token(self) -> SecretStr | None:
        """The gateway's token from the environment; None when it is not set."""
        return self._token

    def with_token(self, token: SecretStr | None) -> Config:
        """Return a copy that holds the gateway's token."""
        copy = self.model_copy()
        copy._token = token  # noqa: SLF001 - our own class
        return copy

    @property
    def language_model(self) -> LanguageModelConfig | None:
        """The language model that the environment names; None, as by default, when it names none."""
        return self._language_model

    def with_language_model(self, model: LanguageModelConfig | None) -> Config:
        """Return a copy that uses a language model."""
        copy = self.model_copy()
        copy._language_model = model  # noqa: SLF001 - our own class
        return copy

    @property
    def payment_secrets(self) -> Mapping[str, SecretStr]:
        """What the environment says for the configured ways to pay, by the name of the variable."""
        return self._payment_secrets

    def with_payment_secrets(self, found: Mapping[str, SecretStr]) -> Config:
        """Return a copy that holds the secrets of ways to pay."""
        copy = self.model_copy()
        copy._payment_secrets = dict(found)  # noqa: SLF001 - our own class
        return copy

    @property
    def secrets(self) -> list[str]:
        """What must never be written down."""
        model_key = self._language_model.key if self._language_model else None
        found = (self._token, model_key, *self._payment_secrets.values())
        return [secret.get_secret_value() for secret in found if secret]

    def room(self, topic: str) -> RoomConfig:
        """Return a room's settings; the defaults for a room that is not listed."""
        return self.rooms.get(topic) or _UNLISTED_ROOM

    def zone(self, topic: str | None = None) -> ZoneInfo:
        """Return the time zone of a room, or the common one."""
        return ZoneInfo((self.room(topic).timezone if topic is not None else None) or self.timezone)

    def people_with(self, role: Role, topic: str | None = None) -> People:
        """Return who was given exactly this role by the file, everywhere and in that room."""
        everywhere: People = getattr(self, _PEOPLE_WITH[role]) if role in _PEOPLE_WITH else ()
        in_room = self.rooms.get(topic) if topic is not None else None
        return everywhere + in_room.roles.get(role.name.lower(), ()) if in_room else everywhere  # type: ignore[call-overload]

    def names_people(self, topic: str | None = None) -> bool:
        """Tell whether the file gives anybody a role, everywhere or in that room."""
        in_room = self.rooms.get(topic) if topic is not None else None
        return bool(self.owner or self.admins or self.experts or (in_room and in_room.roles))

    def is_plugin_enabled(self, plugin: str, topic: str | None = None) -> bool:
        """Tell whether a plugin runs in a room: the room's word, else the common one, else yes."""
        entries = [self.plugins.get(plugin)]
        if topic is not None:
            entries.insert(0, self.room(topic).plugins.get(plugin))
        return next((entry.enabled for entry in entries if entry and entry.enabled is not None), True)

    def raw_settings(self, plugin: str, topic: str | None = None) -> dict[str, Any]:
        """Return what the file says for a plugin, a room's values over the common ones; not yet checked."""
        settings = self.plugins[plugin].settings if plugin in self.plugins else {}
        if topic is not None and (entry := self.room(topic).plugins.get(plugin)):
            settings = overlay(settings, entry.settings)
        return settings

    def settings_for(self, plugin: str, model: type[ModelT], topic: str | None = None) -> ModelT:
        """Return a plugin's settings in a room: the room's value over the common one over the default.

        Args:
            plugin: the plugin's name.
            model: its settings model.
            topic: the room; None for private chats and jobs of the whole community.

        Raises:
            pydantic.ValidationError: the file was not checked with `check_plugins` before.
        """
        if topic is not None and plugin not in self.room(topic).plugins:
            topic = None  # the room says nothing of its own: thousands of words need not be read for each room
        known, key = self._settings, (plugin, model, topic)
        if key not in known:
            written = self.raw_settings(plugin, topic)
            known[key] = read_strictly(model, written) if written else _defaults_of(model)
        return cast("ModelT", known[key])


@lru_cache(maxsize=256)  # most plugins say the same in every room
def _defaults_of(model: type[BaseModel]) -> BaseModel:
    return read_strictly(model, {})


def overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return `below` with the values of `above` in place of its own, mappings joined key by key."""
    both = {
        key: overlay(below[key], value) if isinstance(value, dict) and isinstance(below.get(key), dict) else value
        for key, value in above.items()
    }
    return below | both
