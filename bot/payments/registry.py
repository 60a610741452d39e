"""Makes the ways to pay that `bot.yaml` and the environment configure."""

from __future__ import annotations

from collections.abc import Callable

from bot.clock import Clock
from bot.config_model import Config
from bot.config_payments import AFDIAN_TOKEN, WECHAT_PAY_APP_SECRET, WECHAT_PAY_KEY
from bot.payments.owner import OwnerPay
from bot.payments.provider import PaymentProvider
from bot.secret_codes import SecretKey


def make_providers(config: Callable[[], Config], clock: Clock, key: SecretKey) -> dict[str, PaymentProvider]:
    """Return the configured ways to pay by name; `owner` is always among them.

    A provider's library is imported only when it is configured.

    Args:
        config: returns the configuration in force.
        clock: the time.
        key: hashes what points to people.
    """
    found: dict[str, PaymentProvider] = {"owner": OwnerPay(lambda: config().payments.owner)}
    if config().payments.wechat_pay is not None:
        found["wechat_pay"] = _make_wechat_pay(config(), clock)
    if config().payments.afdian is not None:
        found["afdian"] = _make_afdian(config(), clock, key)
    return found


def _make_afdian(config: Config, clock: Clock, key: SecretKey) -> PaymentProvider:
    from bot.payments.afdian import Afdian, AfdianSettings

    account = config.payments.afdian
    assert account is not None
    settings = AfdianSettings(
        user_id=account.user_id,
        token=config.payment_secrets[AFDIAN_TOKEN],
        page=account.page,
        plans=account.plans,
        endpoint=account.endpoint,
    )
    return Afdian(settings, clock, key)


def _make_wechat_pay(config: Config, clock: Clock) -> PaymentProvider:
    from bot.payments.wechat_pay import WechatPay
    from bot.payments.wechat_pay_page import PageSettings
    from bot.payments.wechat_pay_settings import WechatPaySettings

    account = config.payments.wechat_pay
    assert account is not None
    settings = WechatPaySettings.from_config(account, config.payment_secrets[WECHAT_PAY_KEY])
    page = PageSettings(secret=config.payment_secrets[WECHAT_PAY_APP_SECRET]) if account.page else None
    return WechatPay(settings, clock, page)
