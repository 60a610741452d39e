"""Sixty ways to get a rule wrong: each gets its line, column and advice, and none stops the running bot."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import Field

from bot.clock import VirtualClock
from bot.config import read_config
from bot.config_model import Config
from bot.config_reload import ConfigSource
from bot.moderation.model import VerdictAction
from bot.moderation.rules_model import Rule, Rules, parse_rule, shipped_rules
from bot.plugin import Settings

BAD = Path(__file__).parents[1] / "data" / "moderation" / "bad"
FILES = sorted(BAD.glob("*.yaml"))


class ModerationSettings(Settings):
    """As much of the plugin's settings as rules are."""

    rules: Rules = Field(default_factory=shipped_rules, title="群规")


def read(text: str) -> tuple[Config | None, list[str]]:
    config, faults = read_config("bot.yaml", text.encode(), {}, {"moderation": ModerationSettings})
    return config, [f"{fault.line}:{fault.column}: {fault.message}" for fault in faults]


def rules_in(text: str, topic: str | None = None) -> dict[str, Rule]:
    config, faults = read(text)
    assert config is not None
    assert faults == []
    return config.settings_for("moderation", ModerationSettings, topic).rules


@pytest.mark.parametrize("file", [file for file in FILES if "beside" not in file.name], ids=lambda file: file.stem)
def test_a_malformed_rule_gets_its_line_column_and_advice(file: Path) -> None:
    _, faults = read(file.read_text(encoding="utf-8"))
    assert faults == file.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    assert faults


def test_there_are_at_least_thirty_malformed_files() -> None:
    assert len(FILES) >= 50
    assert all(file.with_suffix(".expected").is_file() for file in FILES)


async def test_none_of_them_takes_the_place_of_what_is_in_force(tmp_path: Path) -> None:
    good = b"plugins: {moderation: {rules: {cards: {kind: card}}}}"
    config, _ = read_config("bot.yaml", good, {}, {"moderation": ModerationSettings})
    assert config is not None
    clock = VirtualClock(datetime(2026, 11, 22, tzinfo=UTC))
    source = ConfigSource(tmp_path / "bot.yaml", config, {}, clock, lambda: {"moderation": ModerationSettings})
    for bad in FILES:
        assert not await source.offer(bad.read_bytes())
    assert source.value is config


def test_without_a_file_the_shipped_rules_hold_and_remove_nobody() -> None:
    rules = rules_in("")
    assert rules == shipped_rules()
    assert {rule.verdict for rule in rules.values()} == {VerdictAction.REMIND, VerdictAction.REPORT}
    assert not rules["jobs"].enabled


def test_a_shipped_rule_is_changed_in_part_or_switched_off() -> None:
    rules = rules_in("plugins: {moderation: {rules: {flooding: {action: warn}, repeats: false, jobs: true}}}")
    shipped = shipped_rules()
    assert rules["flooding"] == shipped["flooding"].model_copy(update={"action": "warn"})
    assert [rules[name].enabled for name in ("repeats", "jobs", "flooding")] == [False, True, True]
    assert rules["jobs"].when == shipped["jobs"].when


def test_a_room_changes_or_switches_off_a_common_rule() -> None:
    text = """
plugins:
  moderation:
    rules:
      invoices: {kind: words, words: [代开发票, 开票], action: warn}
rooms:
  甲群:
    plugins:
      moderation:
        rules:
          invoices: {enabled: false}
          flooding: {count: 20}
          cards: {kind: card}
"""
    common, room = rules_in(text), rules_in(text, "甲群")
    assert common["invoices"].enabled
    assert not room["invoices"].enabled
    assert room["invoices"].words == ("代开发票", "开票")
    assert (common["flooding"]["count"], room["flooding"]["count"]) == (10, 20)
    assert ("cards" in common, "cards" in room) == (False, True)


def test_what_is_not_written_is_the_kinds_own() -> None:
    rule = Rule.model_validate({"kind": "flood", "within": "1m"})
    assert (rule["count"], rule["within"]) == (10, timedelta(minutes=1))
    assert rule.family == "flood"


def test_a_rule_survives_being_kept_as_json() -> None:
    written = {
        "kind": "words", "words": ["代开发票"], "sounds": ["加微信"], "at_least": 2, "action": "warn", "weight": 2,
        "shadow": "1d", "hits": ["代开发票加微信"],
        "when": {"roles": "member", "first": 3, "joined": "3d", "hours": ["周五 18:00-22:00"], "paying": False},
    }  # fmt: skip
    rule = Rule.model_validate(written)
    assert parse_rule(rule.content) == rule
    for shipped in shipped_rules().values():
        assert parse_rule(shipped.content) == shipped
        assert parse_rule(shipped.content).fingerprint == shipped.fingerprint


def test_the_fingerprint_changes_with_what_a_rule_does_and_with_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("# 词表\n代开发票\n\n刷单\n", encoding="utf-8")
    rule = {"kind": "words", "file": str(file), "words": ["返利"]}
    first = Rule.model_validate(rule)
    assert first.listed == ("返利", "代开发票", "刷单")
    same = [rule | {"text": "不发广告"}, rule | {"hits": ["返利"]}, rule | {"shadow": "0s"}]
    other = [rule | {"action": "warn"}, rule | {"when": {"first": 3}}, rule | {"words": ["返现"]}, rule | {"weight": 2}]
    assert {Rule.model_validate(one).fingerprint for one in same} == {first.fingerprint}
    assert len({first.fingerprint, *(Rule.model_validate(one).fingerprint for one in other)}) == 5
    file.write_text("代开发票\n", encoding="utf-8")
    assert Rule.model_validate(rule).fingerprint != first.fingerprint
    assert parse_rule(first.content).listed == first.listed


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"\xb4\xfa\xbf\xaa", "不是 UTF-8，请另存为 UTF-8"),
        (b"# nothing\n\n", "里没有词，一行写一个"),
        ("代开发票\n裸\n".encode(), "第 2 行：'裸' 只有一个字，会误伤正常聊天，请写两个字以上的词"),
    ],
)
def test_a_word_file_that_cannot_be_used_says_why(tmp_path: Path, data: bytes, advice: str) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes(data)
    _, (fault,) = read(f"plugins: {{moderation: {{rules: {{w: {{kind: words, file: {file}}}}}}}}}")
    assert fault.endswith(f"词表 {file} {advice}")
