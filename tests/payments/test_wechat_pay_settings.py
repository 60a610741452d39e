"""What bot.yaml says of an account is checked before anything starts, and `doctor` tries it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.doctor_payments import check_payments
from bot.clock import VirtualClock
from bot.config import load
from bot.config_model import Config
from bot.config_payments import WECHAT_PAY_APP_SECRET, WECHAT_PAY_KEY
from bot.errors import ConfigError
from bot.payments.registry import make_providers
from bot.payments.wechat_pay import WechatPay
from bot.payments.wechat_pay_settings import ENDPOINT, WechatPaySettings
from bot.payments.wechat_pay_stand_in import WechatPayStandIn
from bot.payments.wechat_pay_stand_in_account import Refusal
from bot.payments.wechat_pay_stand_in_server import Fault
from bot.secret_codes import SecretKey
from tests.payments.wechat_pay_kit import NOTIFY_URL, NOW, keys, open_shop

pytestmark = pytest.mark.slow  # key files

PRIVATE, PUBLIC = "-----BEGIN PRIVATE KEY-----\nx", "-----BEGIN PUBLIC KEY-----\nx"


def write_config(
    folder: Path, *, provider: str = "wechat_pay", notify_url: str = NOTIFY_URL, listen: str = "", page: str = "false"
) -> Path:
    file = folder / "bot.yaml"
    lines = [
        "payments:",
        f"  provider: {provider}",
        *([f"  listen: {listen}"] if listen else []),
        "  wechat_pay:",
        '    merchant_id: "1900000109"',
        "    app_id: wx8888888888888888",
        f'    certificate_serial: "{keys().certificate_serial}"',
        f"    private_key_file: {folder / 'apiclient_key.pem'}",
        f"    public_key_id: {keys().public_key_id}",
        f"    public_key_file: {folder / 'pub_key.pem'}",
        f"    notify_url: {notify_url}",
        f"    page: {page}",
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def read(folder: Path, key: str | None = None, **options: str) -> Config:
    env = {WECHAT_PAY_KEY: key if key is not None else keys().api_key}
    return load(write_config(folder, **options), env)


def faults(folder: Path, **options: str) -> list[str]:
    with pytest.raises(ConfigError) as wrong:
        read(folder, **options)
    return [str(fault).removeprefix(f"{folder}/") for fault in wrong.value.faults]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "apiclient_key.pem").write_text(PRIVATE, encoding="utf-8")
    (tmp_path / "pub_key.pem").write_text(PUBLIC, encoding="utf-8")
    return tmp_path


def test_an_account_is_read_from_the_file_and_its_key_from_the_environment(folder: Path) -> None:
    config = read(folder)
    assert config.payments.wechat_pay is not None
    settings = WechatPaySettings.from_config(config.payments.wechat_pay, config.payment_secrets[WECHAT_PAY_KEY])
    assert settings.endpoint == ENDPOINT
    assert settings.merchant_id == "1900000109"
    assert settings.private_key.name == "apiclient_key.pem"
    assert settings.api_key.get_secret_value() == keys().api_key
    assert keys().api_key in config.secrets
    assert keys().api_key not in f"{settings} {config!r}"


@pytest.mark.parametrize(
    ("file", "text", "advice"),
    [
        ("apiclient_key.pem", None, "找不到文件"),
        ("apiclient_key.pem", "-----BEGIN CERTIFICATE-----", "是证书，这里要商户私钥"),
        ("apiclient_key.pem", PUBLIC, "是公钥，这里要商户私钥"),
        ("apiclient_key.pem", "-----BEGIN RSA PRIVATE KEY-----", "openssl pkcs8 -topk8"),
        ("apiclient_key.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----", "openssl pkcs8 -topk8"),
        ("apiclient_key.pem", "secret words", "不是密钥文件，这里要商户私钥"),
        ("apiclient_key.pem", "", "不是密钥文件"),
        ("pub_key.pem", None, "找不到文件"),
        ("pub_key.pem", PRIVATE, "是私钥，这里要微信支付公钥"),
        ("pub_key.pem", "-----BEGIN CERTIFICATE-----", "是证书，这里要微信支付公钥"),
    ],
)
def test_a_key_file_of_the_wrong_kind_is_told_where_it_is_named(
    folder: Path, file: str, text: str | None, advice: str
) -> None:
    (folder / file).unlink()
    if text is not None:
        (folder / file).write_text(text, encoding="utf-8")
    line = 7 if file == "apiclient_key.pem" else 9
    [told] = faults(folder)
    assert told.startswith(f"bot.yaml:{line}:")
    assert advice in told
    assert "secret words" not in told


def test_a_folder_is_no_key_file(folder: Path) -> None:
    (folder / "pub_key.pem").unlink()
    (folder / "pub_key.pem").mkdir()
    assert "是目录" in faults(folder)[0]


def test_a_key_of_the_wrong_length_is_told_without_it(folder: Path) -> None:
    [told] = faults(folder, key="too-short-but-secret")
    assert WECHAT_PAY_KEY in told
    assert "32" in told
    assert "too-short" not in told
    assert "没有设置" in faults(folder, key="")[0]


def test_the_address_of_callbacks_is_the_one_that_is_served(folder: Path) -> None:
    [told] = faults(folder, notify_url="https://pay.example.com/notify")
    assert told.startswith("bot.yaml:10:")
    assert "以 /pay/wechat_pay 结尾" in told


def test_a_page_needs_a_server_and_the_secret_of_the_official_account(folder: Path) -> None:
    [told] = faults(folder, page="true")
    assert "listen" in told
    [told] = faults(folder, page="true", listen="127.0.0.1:8787")
    assert WECHAT_PAY_APP_SECRET in told
    env = {WECHAT_PAY_KEY: keys().api_key, WECHAT_PAY_APP_SECRET: "a1" * 16}
    config = load(write_config(folder, page="true", listen="127.0.0.1:8787"), env)
    assert "a1" * 16 in config.secrets


@pytest.mark.parametrize("page", ["true", "false"])
def test_the_configured_account_becomes_a_way_to_pay(folder: Path, page: str) -> None:
    env = {WECHAT_PAY_KEY: keys().api_key, WECHAT_PAY_APP_SECRET: "a1" * 16}
    config = load(write_config(folder, page=page, listen="127.0.0.1:8787"), env)
    providers = make_providers(lambda: config, VirtualClock(NOW), SecretKey(folder / "codes.key"))
    found = providers["wechat_pay"]
    assert isinstance(found, WechatPay)
    assert (found.page is not None) == (page == "true")
    found.close()


def account(folder: Path, stand_in: WechatPayStandIn, **options: str) -> tuple[Config, str]:
    return read(folder, **options), stand_in.settings.endpoint


def test_doctor_tries_the_account(tmp_path: Path) -> None:
    with open_shop(tmp_path) as shop:
        config, endpoint = account(tmp_path, shop.stand_in, listen="127.0.0.1:8787")
        [found] = check_payments(config, endpoint=endpoint)
        assert (found.state, found.text) == ("ok", "商户号 1900000109 能用，应答的签名也对")
        assert shop.stand_in.account.orders == {}
        shop.stand_in.faults.append(Fault.STRIP)
        [found] = check_payments(config, endpoint=endpoint)
        assert found.state == "fail"
        assert "签名" in found.text
    [found] = check_payments(config, endpoint=endpoint)
    assert "连不上" in found.text
    assert keys().api_key not in found.text


def test_doctor_does_not_take_a_missing_permission_for_a_broken_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_shop(tmp_path) as shop:

        def refuse(*_: object) -> None:
            raise Refusal(403, "NO_AUTH")

        monkeypatch.setattr(shop.stand_in._server, "_do_the_rest", refuse)
        config, endpoint = account(tmp_path, shop.stand_in, listen="127.0.0.1:8787")
        [found] = check_payments(config, endpoint=endpoint)
        assert found.state == "warn"
        assert "没有权限" in found.text


def test_doctor_looks_at_what_is_around_the_account(tmp_path: Path) -> None:
    with open_shop(tmp_path) as shop:
        shop.stand_in.settings.private_key.chmod(0o644)
        config, endpoint = account(tmp_path, shop.stand_in, provider="owner")
        shop.stand_in.faults.append(Fault.STRIP)
        found = check_payments(config, endpoint=endpoint)
        assert [one.state for one in found] == ["warn", "warn", "warn"]
        assert "chmod 600" in found[1].text
        assert "payments.listen" in found[2].text
        config, _ = account(tmp_path, shop.stand_in, notify_url="http://pay.example.com/pay/wechat_pay")
        assert "https://" in check_payments(config, endpoint=endpoint)[2].text


def test_doctor_says_nothing_of_accounts_that_are_not_there() -> None:
    assert check_payments(Config()) == []
