"""`doctor` tries the account at 爱发电, and `backup` says which keys it leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.cli.doctor_afdian import check_afdian
from bot.clock import SystemClock
from bot.config import load
from bot.payments.afdian_stand_in import TOKEN, USER_ID, AfdianStandIn
from bot.secret_codes import CodeKind, SecretKey, make_code

pytestmark = pytest.mark.slow  # a server


@pytest.fixture
def shop() -> Iterator[AfdianStandIn]:
    stand_in = AfdianStandIn(SystemClock())
    with stand_in.running():
        yield stand_in


def findings(tmp_path: Path, shop: AfdianStandIn, token: str = TOKEN, plan: str = "month") -> list[tuple[str, str]]:
    path = tmp_path / "bot.yaml"
    path.write_text(
        f"data: {tmp_path}\npayments:\n  provider: afdian\n  afdian:\n    user_id: {USER_ID}\n    page: https://ifdian.net/a/x\n"
        f"    endpoint: {shop.url}\n    plans: {{p1: {plan}}}\n"
        "plugins:\n  membership:\n    plans: [{id: month, title: 月度会员, price: 19.9, period: 1m}]\n",
        encoding="utf-8",
    )
    return [(one.state, f"{one.name}：{one.text}") for one in check_afdian(load(path, {"AFDIAN_TOKEN": token}))]


def test_a_right_account_is_content(tmp_path: Path, shop: AfdianStandIn) -> None:
    assert findings(tmp_path, shop) == [("ok", "爱发电：有应答，签名也对")]


def test_a_wrong_token_and_a_strange_plan_are_told(tmp_path: Path, shop: AfdianStandIn) -> None:
    (state, text), (warned, strange) = findings(tmp_path, shop, token="wrong-token-1", plan="monat")
    assert (state, warned) == ("fail", "warn")
    assert "签名不对" in text
    assert "wrong-token-1" not in text
    assert strange.startswith("爱发电方案：payments.afdian.plans 里的 monat 不是这里的套餐")


def test_a_key_that_others_can_read_is_told(tmp_path: Path, shop: AfdianStandIn) -> None:
    SecretKey(tmp_path / "codes.key").hash(make_code(CodeKind.REDEEM))
    assert len(findings(tmp_path, shop)) == 1
    (tmp_path / "codes.key").chmod(0o644)
    assert findings(tmp_path, shop)[1][1].startswith("兑换码密钥：")


def test_a_backup_says_that_the_key_of_codes_is_not_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "day.txt").write_text(
        "@group 群 owner=老王\n@members 小明\n@at 2026-12-01 09:00\n小明 -> 小知: 绑定码\n"
    )
    runner = CliRunner()
    assert runner.invoke(main, ["simulate", "day.txt", "--data", "data"]).exit_code == 0
    said = runner.invoke(main, ["backup", "copy.db"]).output
    assert "兑换码和绑定码的钥匙 data/codes.key 也不在备份里" in said
