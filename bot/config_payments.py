"""The section `payments` of `bot.yaml`, and the secrets that providers need, which come from the environment only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from bot.config_pem import check_private_key, check_public_key
from bot.config_types import Endpoint, Text
from bot.errors import Fault

ProviderName = Literal["owner", "wechat_pay", "afdian"]

WECHAT_PAY_KEY: Final = "WECHAT_PAY_API_V3_KEY"
WECHAT_PAY_APP_SECRET: Final = "WECHAT_PAY_APP_SECRET"  # noqa: S105 - the name of a variable, not a secret
AFDIAN_TOKEN: Final = "AFDIAN_TOKEN"  # noqa: S105 - the name of a variable, not a secret
_RESTART: dict[str, Any] = {"x-needs-restart": True}
_PICTURES: Final = {".png", ".jpg", ".jpeg"}
_LARGEST_PICTURE: Final = 5 << 20  # bytes; what WeChat sends on without shrinking it past reading
_API_V3_KEY: Final = re.compile(r"[\x21-\x7e]{32}")  # pay.weixin.qq.com: APIv3 密钥 is 32 characters
_APP_SECRET: Final = re.compile(r"[0-9a-zA-Z]{32}")  # mp.weixin.qq.com: AppSecret has 32 letters and digits
_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,200}")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


def _check_picture(value: str) -> str:
    path = Path(value)
    if path.suffix.lower() not in _PICTURES:
        raise ValueError(f"收款码要是 PNG 或 JPG 图片，现在是 {value!r}")
    if not path.is_file():
        raise ValueError(f"找不到收款码图片 {value}，请检查路径，或者先删掉这一行")
    if path.stat().st_size > _LARGEST_PICTURE:
        raise ValueError(f"收款码图片 {value} 超过 5 MB，请换一张小一点的")
    return value


def _check_url(value: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+(/[\x21-\x7e]*)?", value):
        raise ValueError(f"{value!r} 不是完整的网址，比如 https://pay.example.com/pay/wechat_pay")
    return value


def _check_notify_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^?#]+/pay/wechat_pay", value):
        raise ValueError(
            f"回调地址要以 /pay/wechat_pay 结尾，现在是 {value!r}，比如 https://pay.example.com/pay/wechat_pay"
        )
    return value


def _shaped(pattern: str, advice: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"{advice}，现在是 {value!r}")
        return value

    return AfterValidator(check)


Picture = Annotated[Text, AfterValidator(_check_picture), Field(examples=["knowledge/收款码.png"])]
PrivateKeyFile = Annotated[Text, AfterValidator(check_private_key), Field(examples=["keys/apiclient_key.pem"])]
PublicKeyFile = Annotated[Text, AfterValidator(check_public_key), Field(examples=["keys/pub_key.pem"])]
Url = Annotated[Text, AfterValidator(_check_url), Field(examples=["https://pay.example.com/pay/wechat_pay"])]


class OwnerPayConfig(_Part):
    """How people pay the owner directly."""

    picture: Picture | None = Field(default=None, title="收款码")
    """收款码图片，付款的人会收到。"""
    hint: Text = Field(default="请转账给群主，备注 {order}。", title="付款说明", max_length=300)
    """告诉付款的人怎么付；{order} 换成订单号，{amount} 换成金额。"""


class WechatPayConfig(_Part):
    """A merchant account of WeChat Pay, in public-key mode; its APIv3 key comes from the environment."""

    merchant_id: Annotated[
        Text, _shaped(r"\d{8,12}", "商户号是 10 位左右的数字，要加引号"), Field(examples=["1900000109"])
    ] = Field(title="商户号")
    """商户平台首页的商户号。"""
    app_id: Annotated[
        Text, _shaped(r"wx[0-9a-z]{16}", "AppID 是 wx 加 16 位字母数字"), Field(examples=["wxd678efh567hg6787"])
    ] = Field(title="AppID")
    """和商户号绑定的公众号或小程序的 AppID。"""
    certificate_serial: Annotated[Text, _shaped(r"[0-9A-Fa-f]{20,64}", "证书序列号是一串 0-9 和 A-F")] = Field(
        title="证书序列号"
    )
    """商户 API 证书的序列号。"""
    private_key_file: PrivateKeyFile = Field(title="商户私钥文件")
    """apiclient_key.pem 的路径。"""
    public_key_id: Annotated[Text, _shaped(r"PUB_KEY_ID_\w+", "公钥 ID 以 PUB_KEY_ID_ 开头")] = Field(title="公钥 ID")
    """微信支付公钥的 ID，以 PUB_KEY_ID_ 开头。"""
    public_key_file: PublicKeyFile = Field(title="微信支付公钥文件")
    """pub_key.pem 的路径。"""
    notify_url: Annotated[Url, AfterValidator(_check_notify_url)] = Field(title="回调地址")
    """微信支付从外面能访问到的网址，以 /pay/wechat_pay 结尾。"""
    page: bool = Field(default=False, title="付款网页")
    """让人在微信里点开链接直接付；要已认证的服务号，并把回调地址的域名设成它的网页授权域名。不开就发扫一扫的码。"""


class AfdianConfig(_Part):
    """A creator's account of 爱发电; its token comes from the environment."""

    user_id: Annotated[Text, _shaped(r"[0-9a-f]{32}", "user_id 是 32 个字母和数字")] = Field(title="user_id")
    """开发者后台的 user_id。"""
    page: Annotated[Text, AfterValidator(_check_url), Field(examples=["https://ifdian.net/a/laowang"])] = Field(
        title="主页"
    )
    """您的爱发电主页，付款的人打开它。"""
    plans: dict[Text, Text] = Field(default_factory=dict, title="方案")
    """爱发电的方案编号 → 这里的套餐；一次买 12 个月的写成 编号/12。"""
    endpoint: Url = Field(default="https://ifdian.net", title="网址")
    """爱发电现在的网址；它搬家时改这里。"""


class PaymentsConfig(_Part):
    """How money comes in."""

    provider: ProviderName = Field(default="owner", title="收款方式", json_schema_extra=_RESTART)
    """owner 是转账给群主、由群主确认；wechat_pay 是微信支付；afdian 是爱发电。"""
    listen: Endpoint | None = Field(default=None, title="回调监听", json_schema_extra=_RESTART)
    """收付款通知的地址，比如 127.0.0.1:8787，前面放反向代理；不写就不监听，靠定时查询。"""
    owner: OwnerPayConfig = Field(default_factory=OwnerPayConfig, title="转账给群主")
    wechat_pay: WechatPayConfig | None = Field(default=None, title="微信支付", json_schema_extra=_RESTART)
    afdian: AfdianConfig | None = Field(default=None, title="爱发电", json_schema_extra=_RESTART)

    @model_validator(mode="after")
    def _check_provider(self) -> PaymentsConfig:
        if self.provider != "owner" and getattr(self, self.provider) is None:
            raise ValueError(f"收款方式写了 {self.provider}，还要写它的账号：在 payments 下面加一段 {self.provider}:")
        if self.wechat_pay and self.wechat_pay.page and self.listen is None:
            raise ValueError("开了付款网页（page: true），还要在 payments 下面写 listen，比如 listen: 127.0.0.1:8787")
        return self


def read_payment_secrets(config: PaymentsConfig, env: Mapping[str, str]) -> tuple[dict[str, SecretStr], list[Fault]]:
    """Return the secrets of the providers that are configured, by the name of their variable, and every fault."""
    with_page = config.wechat_pay if config.wechat_pay and config.wechat_pay.page else None
    needed: list[tuple[str, object, Callable[[str], object], str]] = [
        (WECHAT_PAY_KEY, config.wechat_pay, _API_V3_KEY.fullmatch, "微信支付的 APIv3 密钥，32 个字符，在商户平台设置"),
        (WECHAT_PAY_APP_SECRET, with_page, _APP_SECRET.fullmatch, "付款网页要服务号的 AppSecret，32 个字母和数字"),
        (AFDIAN_TOKEN, config.afdian, _TOKEN.fullmatch, "爱发电的 API token，在开发者后台生成"),
    ]
    found: dict[str, SecretStr] = {}
    faults: list[Fault] = []
    for variable, part, is_right, what in needed:
        text = env.get(variable, "").strip()
        if part is not None and is_right(text):
            found[variable] = SecretStr(text)
        elif part is not None:
            why = "的形式不对" if text else "没有设置"
            faults.append(Fault(variable, 1, 1, f"环境变量 {variable} {why}：{what}"))
    return found, faults
