"""One marked advertisement is known again in every disguise, and ordinary talk is never taken for it."""

from __future__ import annotations

import random

import pytest

from bot.moderation.evasions import EVASIONS, MIXTURES, evade
from bot.moderation.reposts import FEWEST, THRESHOLD, KnownAdverts, skeleton_of
from bot.moderation.revealing import reveal

pytestmark = pytest.mark.slow

ADVERTS = [
    "在家就能做的兼职，打字录入员，一天一百到三百，日结，不收押金，宝妈学生都可以，需要的加微信咨询",
    "本公司专业代开各类发票，增值税普票专票都有，验证后付款，安全保密，联系电话 13800138000",
    "急用钱？无抵押无担保，身份证即可办理，三分钟审核，当天放款，额度一万到五十万，利息低",
    "葡京国际真人荷官在线发牌，首充一百送八十八，提现秒到账，注册就送彩金，点链接进入",
    "王者荣耀代练上分，国服大神接单，掉星包赔，全皮肤账号低价出售，有意私聊",
    "淘宝刷单返利，一单五到五十，佣金秒结，多劳多得，手机就能操作，名额有限先到先得",
    "考证不用愁，一建二建消防包过，学信网可查，不过退款，老师一对一，加群领真题资料",
    "高仿名表名包，一比一复刻，支持专柜验货，货到付款，厂家直销，诚招代理",
    "牛股内部消息，老师带单，上周翻倍，进群免费领取三只涨停股，扫码进群",
    "三八节特惠，美容院全场五折，皮肤护理体验价仅需十九元九，前一百名送面膜一盒，地址人民路八十八号",
]
TALK = [
    "有人知道 asyncio 怎么限制并发吗，我用信号量总是报错", "今天中午吃什么，楼下新开了一家面馆还不错",
    "这个接口返回五百，日志里说连接池满了", "周五晚上有人一起打球吗，还差两个人",
    "我在找工作，有没有内推的，五年后端经验", "刚才的分享讲得真好，录屏有吗", "兼职做开源的人多吗，怎么平衡时间",
    "支付宝的回调签名一直验不过，有遇到过的吗", "新来的同事把数据库删了，还好有备份",
    "大家平时怎么学英语的，推荐个方法", "发票怎么报销，财务说要专票", "游戏代练这种外包项目怎么报价比较合适",
    "这个群是讨论 Python 的吧，我刚进来", "代码审核的时候别只看格式，逻辑也看看",
]  # fmt: skip


@pytest.fixture(scope="module")
def known() -> KnownAdverts:
    known = KnownAdverts()
    assert all(known.add(str(number), reveal(text)) for number, text in enumerate(ADVERTS))
    return known


@pytest.mark.parametrize("name", [*EVASIONS, *MIXTURES])
def test_a_disguised_advertisement_is_known_again(known: KnownAdverts, name: str) -> None:
    chance = random.Random(name)
    found = [known.find(reveal(evade(text, [name], 0.5, chance))) for text in ADVERTS for _ in range(3)]
    assert sum(one is not None for one in found) >= len(found) - (name in MIXTURES)
    assert all(one is None or one[0] == str(number // 3) for number, one in enumerate(found))


@pytest.mark.parametrize("text", TALK)
def test_ordinary_talk_repeats_no_advertisement(known: KnownAdverts, text: str) -> None:
    assert known.find(reveal(text)) is None


def test_all_talk_together_repeats_no_advertisement(known: KnownAdverts) -> None:
    assert known.find(reveal("，".join(TALK))) is None


def test_prices_and_accounts_may_change(known: KnownAdverts) -> None:
    found = known.find(reveal("本公司专业代开各类发票，增值税普票专票都有，验证后付款，安全保密，联系电话 15987654321"))
    assert found == ("1", pytest.approx(1.0, abs=0.05))


def test_a_short_advertisement_is_known_only_as_a_whole() -> None:
    known = KnownAdverts()
    assert known.add("V7", reveal("长期收号私聊我"))
    assert known.find(reveal("长期收號私·聊我")) == ("V7", 1.0)
    assert known.find(reveal("长期收号的人真多，有事私聊他")) is None


def test_what_is_too_short_to_be_known_again_is_refused() -> None:
    known = KnownAdverts()
    assert not known.add("V1", reveal("加我"))
    assert known.find(reveal("加我")) is None


def test_a_forgotten_advertisement_is_not_found() -> None:
    known = KnownAdverts()
    known.add("V1", reveal(ADVERTS[0]))
    known.remove("V1")
    known.remove("V2")
    assert (len(known), known.find(reveal(ADVERTS[0]))) == (0, None)


def test_a_key_that_is_added_again_has_the_new_text() -> None:
    known = KnownAdverts()
    known.add("V1", reveal(ADVERTS[0]))
    known.add("V1", reveal(ADVERTS[1]))
    assert known.find(reveal(ADVERTS[0])) is None
    assert known.find(reveal(ADVERTS[1])) == ("V1", 1.0)


def test_the_order_of_adding_decides_between_equals() -> None:
    for keys in (("a", "b"), ("b", "a")):
        known = KnownAdverts()
        for key in keys:
            known.add(key, reveal(ADVERTS[2]))
        assert known.find(reveal(ADVERTS[2])) == (keys[0], 1.0)


def test_half_of_an_advertisement_is_a_repetition_and_a_tenth_is_not(known: KnownAdverts) -> None:
    half, tenth = ADVERTS[0][: len(ADVERTS[0]) // 2], ADVERTS[0][: len(ADVERTS[0]) // 6]
    assert known.find(reveal(half)) is not None
    assert known.find(reveal(tenth)) is None


@pytest.mark.parametrize("text", ["加微信", "jwx", "茄威芯", "jia wei xin", "加薇❤"])
def test_all_spellings_have_one_skeleton(text: str) -> None:
    assert skeleton_of(reveal(text).text) == "jwx"


def test_the_limits_are_those_that_were_measured() -> None:
    assert (THRESHOLD, FEWEST) == (0.2, 6)
