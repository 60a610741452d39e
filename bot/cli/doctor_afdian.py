"""`doctor`: whether 爱发电 answers to the account, and whether its plans are ours; nothing is bought."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.cli.finding import Finding
from bot.clock import Clock, SystemClock
from bot.config_model import Config
from bot.config_payments import AFDIAN_TOKEN, AfdianConfig
from bot.payments.afdian_client import AfdianClient
from bot.payments.provider import ProviderError
from bot.secret_codes import SECRET_KEY_FILE

_NAME: Final = "爱发电"
_OTHERS: Final = 0o077  # the bits of a file's mode that let anybody but its owner at it


def check_afdian(config: Config, clock: Clock | None = None) -> list[Finding]:
    """Ask for the latest orders, as the bot does every ten minutes.

    Args:
        config: with the secrets of the environment.
        clock: the real one, if None.
    """
    return [*_check_account(config, clock or SystemClock()), *_check_key(Path(config.data) / SECRET_KEY_FILE)]


def _check_account(config: Config, clock: Clock) -> Iterator[Finding]:
    account, token = config.payments.afdian, config.payment_secrets.get(AFDIAN_TOKEN)
    if account is None or token is None:
        return
    client = AfdianClient(account.user_id, token, clock, endpoint=account.endpoint)
    try:
        asyncio.run(_try(client))
        yield Finding("ok", _NAME, "有应答，签名也对")
    except ProviderError as error:
        yield Finding("fail" if config.payments.provider == "afdian" else "warn", _NAME, str(error))
    yield from _check_plans(config, account)


async def _try(client: AfdianClient) -> None:
    try:
        await client.page(1)
    finally:
        await client.close()


def _check_plans(config: Config, account: AfdianConfig) -> Iterator[Finding]:
    plans = config.raw_settings("membership").get("plans") or []
    ours = {str(one.get("id")) for one in plans if isinstance(one, dict)}
    strange = sorted(set(account.plans.values()) - ours)
    if strange:
        text = f"payments.afdian.plans 里的 {'、'.join(strange)} 不是这里的套餐，这样付的钱要您一笔笔认领"
        yield Finding("warn", "爱发电方案", text)


def _check_key(key: Path) -> Iterator[Finding]:
    if key.exists() and key.stat().st_mode & _OTHERS:
        yield Finding("warn", "兑换码密钥", f"{key} 别人也能读，请运行 chmod 600 {key}")
