"""`doctor`: whether the account that money comes in by can be used; nothing is bought, and no secret is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from bot.cli.finding import Finding
from bot.clock import SystemClock
from bot.config_model import Config
from bot.config_payments import WECHAT_PAY_KEY, WechatPayConfig
from bot.payments.provider import ProviderError
from bot.payments.wechat_pay import WechatPay
from bot.payments.wechat_pay_client import WechatPayRefused
from bot.payments.wechat_pay_settings import ENDPOINT, WechatPaySettings

_NAME: Final = "微信支付"
_OTHERS: Final = 0o077  # the bits of a file's mode that let anybody but its owner at it


def check_payments(config: Config, *, endpoint: str = ENDPOINT) -> list[Finding]:
    """Look at the configured accounts.

    Args:
        config: with the secrets of the environment.
        endpoint: where WeChat Pay answers.
    """
    account, key = config.payments.wechat_pay, config.payment_secrets.get(WECHAT_PAY_KEY)
    if account is None or key is None:
        return []
    settings = WechatPaySettings.from_config(account, key, endpoint=endpoint)
    broken: Literal["fail", "warn"] = "fail" if config.payments.provider == "wechat_pay" else "warn"
    try:
        asyncio.run(_try(settings))
        found = Finding("ok", _NAME, f"商户号 {account.merchant_id} 能用，应答的签名也对")
    except ProviderError as error:
        is_known = isinstance(error, WechatPayRefused) and error.code == "NO_AUTH"  # it believes who asks, at least
        text = "能用，但没有权限试应答的签名，第一笔收款时留意日志" if is_known else str(error)
        found = Finding("warn" if is_known else broken, _NAME, f"商户号 {account.merchant_id}：{text}")
    return [found, *_check_around(config, account)]


async def _try(settings: WechatPaySettings) -> None:
    provider = WechatPay(settings, SystemClock())
    try:
        await provider.check()
    finally:
        provider.close()


def _check_around(config: Config, account: WechatPayConfig) -> Iterator[Finding]:
    if Path(account.private_key_file).stat().st_mode & _OTHERS:
        file = account.private_key_file
        yield Finding("warn", "商户私钥", f"{file} 别人也能读，请运行 chmod 600 {file}")
    if not account.notify_url.startswith("https://"):
        yield Finding(
            "warn", "付款通知", "notify_url 要以 https:// 开头，微信支付不往 http 发通知；没有通知就靠定时查询"
        )
    elif config.payments.listen is None:
        yield Finding("warn", "付款通知", "没有写 payments.listen，收不到通知，靠定时查询，到账会慢一点")
