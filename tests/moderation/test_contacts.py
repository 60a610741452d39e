"""Accounts, numbers, addresses and invitations are found; a price, a version or 「加个微信」 is none of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.moderation.contacts import find_contacts
from bot.moderation.revealing import reveal

FOUND = [
    ("加微信 abc12345", "weixin", "abc12345", "加微信 abc12345"),
    ("薇芯：hello_123", "weixin", "hello_123", "薇芯：hello_123"),
    ("vx：jack2020 招代理", "weixin", "jack2020", "vx：jack2020"),
    ("微信：13912345678", "weixin", "13912345678", "微信：13912345678"),
    ("徽❤同号:xiaoming", "weixin", "xiaoming", "徽❤同号:xiaoming"),
    ("联系 wxid_8f3k2j1h0g", "weixin", "wxid_8f3k2j1h0g", "wxid_8f3k2j1h0g"),
    ("➕扣扣❶②③四五6七", "qq", "1234567", "➕扣扣❶②③四五6七"),
    ("企鹅：12345678", "qq", "12345678", "企鹅：12345678"),
    ("需要的加我好友 11223344", "qq", "11223344", "加我好友 11223344"),
    ("扣裙：123456789", "invitation", "123456789", "裙：123456789"),
    ("外部群1637617901", "invitation", "1637617901", "外部群1637617901"),
    ("大家扫码进群吧", "invitation", "", "扫码进群"),
    ("进群请扫描二维码", "invitation", "", "进群请扫描"),
    ("https://weixin.qq.com/g/AbCd_1", "invitation", "", "weixin.qq.com/g/AbCd_1"),
    ("t.me/abcdef", "telegram", "abcdef", "t.me/abcdef"),
    ("飞机：@good_news", "telegram", "good_news", "飞机：@good_news"),
    ("发我邮箱 tom.li@qq.com 吧", "mail", "tom.li@qq.com", "tom.li@qq.com"),
    ("电话 138-0013-8000", "phone", "13800138000", "电话 138-0013-8000"),
    ("一三八零零一三八零零零", "phone", "13800138000", "一三八零零一三八零零零"),
    ("详询：57027578", "phone", "57027578", "详询：57027578"),
    ("WhatsApp: +8613800138", "other", "+8613800138", "WhatsApp: +8613800138"),
    ("关注公众号：省钱小站", "other", "省钱小站", "关注公众号：省钱小站"),
]
NONE = [
    "加个微信吧", "你的微信是多少", "微信 webview 缓存", "微信：webview 白屏", "微信支付回调", "群里有 100000 人",
    "我们群里扫码的人多吗", "怎么扫码进群呢",
    "加 123456 元", "加 500000 条数据", "id 1234567890123", "端口 8080", "qq号怎么改", "qq 浏览器 12.5",
    "int x = 13800138000;", "online: abcde",
    "2026-11-22 10:02", "版本 10.15.7", "git@github.com:foo/bar", "user@example.com", "sha256 9f86d081884c7d659a2f",
    "3.1415926535",
    "Line 12345 报错", "飞机晚点了", "加班到 10 点", "192.168.100.200", "订单 20261122334455667788",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "value", "original"), FOUND)
def test_ways_of_getting_in_touch_are_found(text: str, kind: str, value: str, original: str) -> None:
    revealed = reveal(text)
    contacts = find_contacts(revealed)
    assert [(one.kind, one.value, revealed.quote(one.start, one.end)) for one in contacts] == [(kind, value, original)]


@pytest.mark.parametrize("text", NONE)
def test_what_gives_no_contact_is_none(text: str) -> None:
    assert find_contacts(reveal(text)) == []


def test_several_contacts_are_found_in_order_and_apart() -> None:
    revealed = reveal("加vx：abc12345，QQ群 87654321，电话13800138000，邮箱 a.b@163.com")
    contacts = find_contacts(revealed)
    assert [one.kind for one in contacts] == ["weixin", "invitation", "phone", "mail"]
    assert all(first.end <= second.start for first, second in pairwise(contacts))


@given(st.text(alphabet="加微信qq群号:@.电话1380扫码进t/me吗?\n", max_size=80))
def test_contacts_stand_inside_the_text(raw: str) -> None:
    revealed = reveal(raw)
    for contact in find_contacts(revealed):
        assert 0 <= contact.start < contact.end <= len(revealed.text)
        assert contact.value in revealed.text[contact.start : contact.end]
