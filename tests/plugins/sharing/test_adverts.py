from __future__ import annotations

import pytest

from bot.plugins.sharing.adverts import advert_reasons


@pytest.mark.parametrize(
    "text",
    [
        "加微信 abc12345 领取限时优惠，原价 999 现在仅需 99 元",
        "➕薇 python_888 免费领取资料",
        "Python 全套视频教程，加我VX：pyboss99，只要 19.9 元",
        "兼职刷单，日入 500，加QQ 123456789",
        "需要代写代做的私聊我拿价格，包过",
        "扫码进群免费领 Python 资料",
        "想學的同學加老師微信諮詢，前 50 名優惠",
    ],
)
def test_who_sells_and_wants_to_be_contacted_advertises(text: str) -> None:
    reasons = advert_reasons(text)
    assert reasons[0].startswith("疑似广告：留了联系方式「")


@pytest.mark.parametrize(
    "text",
    [
        "秒杀系统设计：优惠券、限时抢购怎么限流？用 Redis 预扣库存。",
        "怎么给网站加微信登录和微信支付？接入 SDK 后配置回调，订单金额 100 元",
        "微信小程序里红包接口报错怎么办",
        "扫码登录怎么实现？二维码里放一个临时 token，前端轮询",
        "QQ 机器人用什么框架？推荐 nonebot2",
        "价格用整数分存，1 元存 100",
        "有问题可以私聊我",
        "联系我们页面的表单怎么做校验",
    ],
)
def test_what_shops_are_programmed_for_is_no_advertisement(text: str) -> None:
    assert advert_reasons(text) == ()


def test_the_reasons_name_what_was_found() -> None:
    assert advert_reasons("加我微信 abc123，限时特价，仅需 9 元") == (
        "疑似广告：留了联系方式「加我微信」",
        "有推销用语「限时」「特价」「仅需」",
    )
