"""Reading bot.yaml: defaults, overrides of a room, secrets from the environment, the schema for editors."""

import json
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from bot.config import PluginModels, config_schema, environment, load, read_config
from bot.config_model import Config
from bot.errors import ConfigError
from bot.model import Role
from bot.units import Duration, Fen
from tests.examples import examples

TOKEN = "WECHATY_PUPPET_SERVICE_TOKEN"
ENDPOINT = "WECHATY_PUPPET_SERVICE_ENDPOINT"


class Limits(BaseModel):
    """A nested part of a plugin's settings."""

    model_config = ConfigDict(extra="forbid")
    daily: int = 3
    weekly: int = 10


class ShopSettings(BaseModel):
    """A plugin's settings as a plugin author writes them."""

    price: Fen = 0
    term: Duration = timedelta(days=30)
    tags: tuple[str, ...] = ()
    limits: Limits = Field(default_factory=Limits)


PLUGINS: PluginModels = {"shop": ShopSettings, "help": None}


def read(text: str, env: dict[str, str] | None = None, plugins: PluginModels | None = PLUGINS) -> Config:
    config, faults = read_config("bot.yaml", text.encode(), env or {}, plugins)
    assert config is not None
    assert faults == []
    return config


def test_without_a_file_everything_has_a_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load(None, {})
    assert (config.name, config.community, config.timezone) == ("小知", "default", "Asia/Shanghai")
    assert (config.sending.per_minute, config.sending.switch_seconds) == (40, (3.0, 5.0))
    assert config.web.port == 8600
    assert config.log.texts is False
    assert config.gateway_token is None


@pytest.mark.parametrize("text", ["", "# a comment\n", "\n\n", "---\n", "sending:\nrooms:\nowner:\n", "\ufeff"])
def test_an_empty_file_or_section_means_the_defaults(text: str) -> None:
    assert read(text).model_dump() == Config().model_dump()


def test_a_byte_order_mark_and_windows_line_ends_are_welcome() -> None:
    assert read("\ufeffname: 小智\r\nweb:\r\n  port: 9000\r\n").web.port == 9000


def test_a_file_that_was_asked_for_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="找不到这个文件"):
        load(tmp_path / "absent.yaml", {})
    with pytest.raises(ConfigError, match="读不了这个文件"):
        load(tmp_path, {})


def test_loading_a_bad_file_raises_every_fault_with_the_path_as_typed(tmp_path: Path) -> None:
    file = tmp_path / "bot.yaml"
    file.write_text("nmae: x\ntimezone: Beijing\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(str(file), {})
    assert [str(fault).rsplit(": ", 1)[0] for fault in caught.value.faults] == [f"{file}:1:1", f"{file}:2:11"]


def test_the_sample_file_of_the_repository_is_right() -> None:
    config = load(Path(__file__).parents[1] / "bot.yaml", {})
    assert "Python学习群" in config.rooms
    assert config.name == "小知"


def test_the_token_comes_from_the_environment_and_is_never_shown() -> None:
    config = read("name: 小知", {TOKEN: "puppet_workpro_secret99", ENDPOINT: "10.0.0.1:9001"})
    assert config.gateway_token is not None
    assert config.gateway_token.get_secret_value() == "puppet_workpro_secret99"
    assert config.gateway.endpoint == "10.0.0.1:9001"
    assert "secret99" not in repr(config) + str(config.model_dump()) + config.model_dump_json()


def test_the_environment_wins_over_the_endpoint_of_the_file() -> None:
    text = "gateway: {endpoint: '127.0.0.1:1000'}"
    assert read(text).gateway.endpoint == "127.0.0.1:1000"
    assert read(text, {ENDPOINT: "127.0.0.1:2000"}).gateway.endpoint == "127.0.0.1:2000"


def test_a_bad_endpoint_in_the_environment_names_the_variable() -> None:
    _, faults = read_config("bot.yaml", b"", {ENDPOINT: "http://x:80"})
    assert [fault.file for fault in faults] == [ENDPOINT]
    assert "x:80" in faults[0].message


def test_the_process_environment_is_handed_out_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUNZHI_TEST", "1")
    assert environment()["QUNZHI_TEST"] == "1"


def test_people_are_strong_by_id_and_weak_by_name() -> None:
    config = read("owner: weixin:laowang\nadmins: [小红, contact:wxid_9]\nrooms: {甲群: {roles: {admin: weixin:b}}}")
    assert [person.is_strong for person in config.owner] == [True]
    assert [(person.kind, person.value) for person in config.admins] == [("name", "小红"), ("contact", "wxid_9")]
    assert [str(person) for person in config.people_with(Role.ADMIN, "甲群")] == ["小红", "contact:wxid_9", "weixin:b"]
    assert [str(person) for person in config.people_with(Role.ADMIN, "乙群")] == ["小红", "contact:wxid_9"]
    assert config.people_with(Role.GUEST) == ()


def test_a_room_may_live_in_another_zone() -> None:
    config = read("timezone: Asia/Tokyo\nrooms: {纽约群: {timezone: America/New_York}}")
    assert config.zone() == config.zone("甲群") == ZoneInfo("Asia/Tokyo")
    assert config.zone("纽约群") == ZoneInfo("America/New_York")


def test_a_plugin_setting_is_the_rooms_then_the_common_one_then_the_default() -> None:
    config = read("""
plugins:
  shop: {price: 99, term: 7d, tags: [a, b], limits: {daily: 5}}
rooms:
  甲群:
    plugins:
      shop: {price: 49.50, limits: {weekly: 1}}
""")
    common = config.settings_for("shop", ShopSettings)
    room = config.settings_for("shop", ShopSettings, "甲群")
    assert (common.price, common.term, common.tags) == (9900, timedelta(days=7), ("a", "b"))
    assert (common.limits.daily, common.limits.weekly) == (5, 10)
    assert (room.price, room.term, room.limits.daily, room.limits.weekly) == (4950, timedelta(days=7), 5, 1)
    assert config.settings_for("shop", ShopSettings, "乙群") is common
    assert config.settings_for("shop", ShopSettings) is common
    assert read("").settings_for("shop", ShopSettings) == ShopSettings()


def test_a_plugin_is_on_unless_it_is_switched_off_for_all_or_for_the_room() -> None:
    config = read("""
plugins: {shop: off, help: {enabled: true}}
rooms: {甲群: {plugins: {shop: true, help: {enabled: false}}}, 乙群: off}
""")
    assert [config.is_plugin_enabled("shop", room) for room in (None, "甲群", "乙群")] == [False, True, False]
    assert [config.is_plugin_enabled("help", room) for room in (None, "甲群", "丙群")] == [True, False, True]
    assert config.is_plugin_enabled("another")
    assert not config.room("乙群").enabled


def test_plugin_settings_are_left_alone_while_the_plugins_are_not_known() -> None:
    config = read("plugins: {other: {anything: [1, 2]}}", plugins=None)
    assert config.raw_settings("other") == {"anything": [1, 2]}


def test_wrong_plugin_settings_are_told_where_they_stand_and_only_once() -> None:
    text = """
plugins:
  shop: {price: -1, limits: {dayly: 5}}
rooms:
  甲群:
    plugins:
      shop:
        term: soon
"""
    _, faults = read_config("bot.yaml", text.encode(), {}, PLUGINS)
    assert [(fault.line, fault.column) for fault in faults] == [(3, 17), (3, 30), (8, 15)]
    assert "是 daily 吗" in faults[1].message


def test_faults_of_the_core_and_of_plugins_are_told_together() -> None:
    _, faults = read_config("b", b"timezone: Mars\nplugins: {shopp: {}}\nlog: {level: x}\n", {}, PLUGINS)
    assert [fault.line for fault in faults] == [1, 2, 3]


def test_the_schema_for_editors_knows_keys_choices_and_free_mappings() -> None:
    schema = config_schema()
    json.dumps(schema)
    assert schema["properties"]["timezone"]["default"] == "Asia/Shanghai"
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["LogConfig"]["properties"]["level"]["enum"] == ["debug", "info", "warning", "error"]
    assert schema["$defs"]["CommandsConfig"]["properties"]["cooldown"]["default"] == "2 秒"
    assert "description" not in schema["$defs"]["CommandsConfig"]
    assert "token" not in json.dumps(schema["$defs"]["GatewayConfig"]["properties"])


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
KNOWN = st.sampled_from(sorted(Config.model_fields))


@settings(max_examples=examples(80))
@given(st.dictionaries(KNOWN | NAMES, VALUES, max_size=4))
def test_whatever_stands_in_the_file_is_read_or_told_with_a_place(value: dict[str, object]) -> None:
    data = json.dumps(value, ensure_ascii=False).encode()  # JSON is YAML
    config, faults = read_config("bot.yaml", data, {}, PLUGINS)
    assert (config is not None) or faults
    assert faults == sorted(faults)
    assert all(fault.line >= 1 and fault.column >= 1 and fault.message for fault in faults)


@settings(max_examples=examples(150))
@given(st.binary(max_size=60) | st.text("ab:- \n\t[]{}\"'#&*!|>%@`，：", max_size=60).map(str.encode))
def test_no_bytes_at_all_make_reading_fail_otherwise_than_by_faults(data: bytes) -> None:
    config, faults = read_config("bot.yaml", data, {}, PLUGINS)
    assert (config is not None) or faults


AFDIAN = """
payments:
  provider: afdian
  afdian: {user_id: "0123456789abcdef0123456789abcdef", page: "https://ifdian.net/a/laowang"}
"""


def test_secrets_of_ways_to_pay_come_from_the_environment_and_are_known_to_the_log(tmp_path: Path) -> None:
    file = tmp_path / "bot.yaml"
    file.write_text(AFDIAN, encoding="utf-8")
    config = load(file, {"AFDIAN_TOKEN": " secret-token ", "WECHAT_PAY_API_V3_KEY": "not asked for"})
    assert config.payment_secrets["AFDIAN_TOKEN"].get_secret_value() == "secret-token"
    assert config.secrets == ["secret-token"]
    assert "secret-token" not in repr(config)


@pytest.mark.parametrize("token", ["", "short", "with space in it"])
def test_a_way_to_pay_without_its_secret_is_a_fault_that_names_the_variable(tmp_path: Path, token: str) -> None:
    file = tmp_path / "bot.yaml"
    file.write_text(AFDIAN, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load(file, {"AFDIAN_TOKEN": token})
    (fault,) = error.value.faults
    assert fault.message.startswith(f"环境变量 AFDIAN_TOKEN {'的形式不对' if token else '没有设置'}")
    assert not token or token not in fault.message


def test_the_collection_picture_must_be_there(tmp_path: Path) -> None:
    picture = tmp_path / "码.png"
    file = tmp_path / "bot.yaml"
    file.write_text(f"payments: {{owner: {{picture: {picture}}}}}", encoding="utf-8")
    with pytest.raises(ConfigError, match="找不到收款码图片"):
        load(file, {})
    picture.write_bytes(b"png")
    assert load(file, {}).payments.owner.picture == str(picture)
