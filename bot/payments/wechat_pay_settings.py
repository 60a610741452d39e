"""What a WeChat Pay account needs to be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from bot.config_payments import WechatPayConfig

ENDPOINT: Final = "https://api.mch.weixin.qq.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class WechatPaySettings:
    """An account of WeChat Pay v3 in public-key mode, as the merchant's pages show it.

    Attributes:
        merchant_id: 商户号.
        app_id: of the official account or mini program that is bound to the merchant.
        certificate_serial: serial of the merchant's own certificate (商户 API 证书序列号).
        private_key: file of the key that belongs to that certificate (`apiclient_key.pem`).
        public_key_id: id of WeChat Pay's key, `PUB_KEY_ID_…`; whoever signs with another one is not listened to.
        public_key: file of that key (`pub_key.pem`).
        api_key: the APIv3 key, 32 characters; what callbacks are sealed with.
        notify_url: where callbacks go, reachable from outside.
        endpoint: where requests go; another one only for the stand-in.
        seconds: how long to wait for a connection and for each piece of an answer.
    """

    merchant_id: str
    app_id: str
    certificate_serial: str
    private_key: Path
    public_key_id: str
    public_key: Path
    api_key: SecretStr
    notify_url: str
    endpoint: str = ENDPOINT
    seconds: tuple[float, float] = (5.0, 15.0)

    @classmethod
    def from_config(cls, config: WechatPayConfig, api_key: SecretStr, *, endpoint: str = ENDPOINT) -> WechatPaySettings:
        """Return the account that `bot.yaml` and the environment name."""
        return cls(
            merchant_id=config.merchant_id,
            app_id=config.app_id,
            certificate_serial=config.certificate_serial.upper(),
            private_key=Path(config.private_key_file),
            public_key_id=config.public_key_id,
            public_key=Path(config.public_key_file),
            api_key=api_key,
            notify_url=config.notify_url,
            endpoint=endpoint,
        )
