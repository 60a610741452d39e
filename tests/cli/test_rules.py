"""`rules test`: examples beside rules, a text, evasions, the past, and another file."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main

pytestmark = pytest.mark.slow  # all plugins are loaded for every call

RULES = """
plugins:
  moderation:
    rules:
      adverts: false
      invoices:
        kind: words
        words: [代开发票, 刷单]
        allow: [反对刷单]
        action: warn
        text: 不发广告
        hits: [代开发票找我, 刷单的来]
        passes:
          - 我反对刷单
          - 电子发票怎么开
      contact:
        kind: contact
        when: {first: 3}
        hits: ['加微信 abc12345']
rooms:
  甲群:
    plugins:
      moderation:
        rules:
          invoices: {action: remind}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bot.yaml").write_text(RULES, encoding="utf-8")


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["rules", "test", *args])


def facts(*args: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(run(*args, "--json").stdout.splitlines()[-1])
    return result


def test_examples_that_are_right_pass() -> None:
    result = run()
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1].endswith("，13 个例子，13 个对。")


def test_a_wrong_example_is_told_with_its_place_and_fails() -> None:
    wrong = RULES.replace("电子发票怎么开", "想刷单的别来").replace("代开发票找我", "代开证明找我")
    Path("bot.yaml").write_text(wrong, encoding="utf-8")
    result = run()
    assert result.exit_code == 1
    assert result.stdout.splitlines()[:2] == [
        "bot.yaml:12:16: 规则 invoices 该命中却放行了：「代开证明找我」",
        "bot.yaml:15:13: 规则 invoices 该放行却命中了：「想刷单的别来」",
    ]
    assert run("--fail-under", "80").exit_code == 0
    assert run("--fail-under", "90").exit_code == 1
    assert [one["text"] for one in facts()["wrong"]] == ["代开证明找我", "想刷单的别来"]


def test_a_broken_file_gets_its_faults() -> None:
    Path("bot.yaml").write_text(RULES.replace("kind: contact", "kind: contacts"), encoding="utf-8")
    result = run("你好")
    assert result.exit_code == 1
    assert "bot.yaml:17:15: 「rules.contact.kind」不能是 'contacts'，是 contact 吗？" in result.stderr


def test_a_text_is_judged_for_a_room_a_role_and_newcomers() -> None:
    assert run("代 开 发 票").stdout == "invoices（不发广告）→ 私聊警告：出现「代 开 发 票」\n"
    assert run("代开发票", "--room", "甲群").stdout == "invoices（不发广告）→ 群内提醒：出现「代开发票」\n"
    assert run("代开发票", "--role", "admin").stdout == "没有命中任何规则。\n"
    assert run("加微信 abc12345").stdout == "没有命中任何规则。\n"
    assert [one["rule"] for one in facts("加微信 abc12345", "--newcomer")["hits"]] == ["newcomers", "contact"]


def test_the_explanation_tells_what_was_seen_and_what_did_not_count() -> None:
    lines = run("加微信 abc12345，看 HTTPS://T.CN/abc", "--explain").stdout.splitlines()
    assert "链接：t.cn" in lines
    assert any(line.startswith("看到微信号：") for line in lines)
    assert any(line.startswith("没有算 contact：") and line.endswith("但条件不符（只管前 3 条）") for line in lines)


def test_the_hour_can_be_chosen() -> None:
    Path("bot.yaml").write_text(
        "plugins: {moderation: {rules: {night: {kind: hours, when: {hours: '23:00-07:00'}}}}}", encoding="utf-8"
    )
    assert [len(facts("在吗", "--at", at)["hits"]) for at in ("23:30", "06:59", "12:00")] == [1, 1, 0]
    refused = run("在吗", "--at", "半夜")
    assert (refused.exit_code, "请写成 23:30 这样" in refused.stderr) == (1, True)


def test_disguised_examples_are_counted_by_evasion() -> None:
    result = run("--evade")
    assert result.exit_code == 0
    assert "full-width：" in result.stdout
    assert facts("--evade")["percent"] > 70


def test_the_past_is_tried_with_labels() -> None:
    rows = [
        {"text": "代开发票联系我", "label": "ad"}, {"text": "便宜出货", "label": "ad"},
        {"text": "晚上吃什么", "label": "ok"},
        {"text": "刷单被骗了怎么办", "label": "ok"}, {"text": "加微信 abc12345", "said_before": 0},
    ]  # fmt: skip
    Path("past.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    lines = run("--history", "past.jsonl").stdout.splitlines()
    assert lines[0] == "5 条消息，命中 3 条（60.00%）"
    assert "  成员：代开发票联系我 ← 出现「代开发票」" in lines
    assert lines[-1] == "标了广告的 2 条里命中 1 条，标了正常的 2 条里误判 1 条"
    measured = facts("--history", "past.jsonl")
    assert (measured["recall"], measured["fpr"], measured["rules"]["invoices"]["hits"]) == (0.5, 0.5, 2)
    assert run("--history", "past.jsonl", "--fail-under", "50").exit_code == 0
    assert run("--history", "past.jsonl", "--fail-under", "51").exit_code == 1


def test_a_line_that_is_no_message_is_told_with_its_number() -> None:
    Path("past.jsonl").write_text('{"text": "好"}\n{"words": "好"}\n', encoding="utf-8")
    result = run("--history", "past.jsonl")
    assert result.exit_code == 1
    assert 'past.jsonl:2: 每行要写成 {"text": "…"} 这样' in result.stderr
    Path("past.jsonl").write_bytes(b"\xff\x00")
    assert "past.jsonl 不是 UTF-8 的文本文件" in run("--history", "past.jsonl").stderr


def test_the_past_of_a_bot_is_read_from_its_data(tmp_path: Path) -> None:
    Path("day.txt").write_text(
        "@group 甲群 owner=老王\n@members 小明 小红\n@at 2026-12-01 09:00\n小明: 代开发票，便宜\n小红: 早上好\n"
        "+1m\n小红: 不要刷单\n",
        encoding="utf-8",
    )
    Path("quiet.yaml").write_text("plugins: {moderation: off}\n", encoding="utf-8")
    played = CliRunner().invoke(main, ["simulate", "day.txt", "--data", "data", "--config", "quiet.yaml"])
    assert played.exit_code == 0, played.output
    lines = run("--history", "data").stdout.splitlines()
    assert lines[0] == "3 条消息，命中 2 条（66.67%）"
    assert "  小红：不要刷单 ← 出现「刷单」" in lines
    assert facts("--history", "data")["actions"] == {"remind": 2}
    assert run("--history", str(tmp_path / "missing")).exit_code == 2


def test_two_files_are_compared_on_their_examples_or_on_the_past() -> None:
    other = RULES.replace("words: [代开发票, 刷单]", "words: [代开发票, 发票]").replace(
        "action: warn", "action: report"
    )
    Path("other.yaml").write_text(other.replace("kind: contact\n", "kind: contact\n        enabled: false\n"), "utf-8")
    lines = run("--diff", "other.yaml").stdout.splitlines()
    assert lines[:3] == [
        "~ invoices：改了 action、words",
        "- contact（不随便留联系方式）",
        "5 条消息结果不同：多命中 1 条，少命中 3 条，处理不同 1 条",
    ]
    assert "  「电子发票怎么开」放行 → 报告群主（invoices）" in lines
    Path("past.jsonl").write_text('{"text": "电子发票抬头"}\n{"text": "早"}\n', encoding="utf-8")
    compared = facts("--diff", "other.yaml", "--history", "past.jsonl")
    assert compared["changes"] == ["invoices", "contact"]
    assert [turn["text"] for turn in compared["turns"]] == ["电子发票抬头"]
    assert run("--diff", "bot.yaml").stdout == "两个文件的规则一样。\n"
