"""The learned filter as it is shipped: what it calls an advertisement, why, and from which score."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.moderation.adverts import AdvertFilter
from bot.moderation.adverts_features import read
from bot.moderation.revealing import reveal
from tests.examples import examples

ADVERTS = (
    "急用钱找我，无抵押当天放款，额度 20 万，加微信 daikuan8866",
    "招手机兼职，在家就能做，日结 300，不收押金，有意私聊",
    "澳门真人娱乐城上线，首存送 288，http://am288.top",
    "专业代开发票，点数低，验票后付款，电话 13812345678 李会计",
    "论文代写，查重包过，不满意重写，QQ 287654321",
    "全屋定制工厂直销，五一特惠满 10000 减 2000，地址建材城 3 号，咨询电话 13912345678",
    "出王者号低价秒发，代练上分，加 q 28765432",
    "零基础学 Python 包就业，月薪过万，扫码领取免费试听课，名额有限",
    "大量收 U 高价当面，飞机 @usdt_888",
    "三八女神节感恩回馈，护肤套餐低至 3 折，办卡送三个月，电话 13687654321",
)
TALK = (
    "asyncio 怎么限制并发？",
    "加个微信吧，我把文档发你",
    "pip install -U fastapi -i https://pypi.tuna.tsinghua.edu.cn/simple",
    "群里怎么又有人发贷款广告，群主踢一下",
    "【招聘】上海 Python 后端工程师，20k-35k，双休，简历发 hr@example.com",
    "分享一个自己写的开源小工具，求 star https://github.com/me/tool",
    "二手 MacBook Pro 自用两年，5000 出，上海面交，有人要吗",
    "公积金贷款利率降了，商贷转公积金划算吗",
    'const [v, setV] = useState(null); <input v-model="vx" />',
    "今晚 20:00 的课在哪里看，有回放吗",
    "哈哈哈哈",
    "我到了，在门口，电话 13812345678",
    "中午拼单奶茶，满 30 减 12，要的接龙",
    "老妈被刷单骗了三千，能追回来吗",
    "http://127.0.0.1:39261/bucket",
    "https://juejin.cn/post/7012345678901234567",
)


@pytest.fixture(scope="module")
def shipped() -> AdvertFilter:
    return AdvertFilter.shipped()


@pytest.mark.parametrize("text", ADVERTS)
def test_an_advertisement_of_any_trade_is_one(shipped: AdvertFilter, text: str) -> None:
    assert shipped.score(reveal(text)).is_advert


@pytest.mark.parametrize("text", TALK)
def test_what_programmers_and_friends_say_is_none(shipped: AdvertFilter, text: str) -> None:
    assert not shipped.score(reveal(text)).is_advert


def test_an_advertisement_between_harmless_sentences_is_found(shipped: AdvertFilter) -> None:
    padding = "今天天气真不错，晚上一起去吃饭吧，我知道一家面馆味道很好。昨天的球赛你看了吗，太精彩了。"

    assert shipped.score(reveal(padding + ADVERTS[0] + padding)).is_advert
    assert not shipped.score(reveal(padding + padding)).is_advert


def test_the_strongest_parts_are_quoted_as_they_were_typed(shipped: AdvertFilter) -> None:
    text = "大家早上好。招手机➕兼职，在家就能做，日结 ３００，有意私聊"

    parts = shipped.score(reveal(text)).parts

    assert parts
    assert all(text[slice(*part.span)] == part.text for part in parts)
    assert [part.weight for part in parts] == sorted((part.weight for part in parts), reverse=True)
    assert any("兼职" in part.text or "日结" in part.text for part in parts)
    assert not any("早上好" in part.text for part in parts)


def test_no_latin_word_is_cut_in_a_quote(shipped: AdvertFilter) -> None:
    for text in ADVERTS:
        for part in shipped.explain(reveal(text)):
            around = text[max(part.span[0] - 1, 0) : part.span[1] + 1]
            assert not re.match("[A-Za-z0-9_]{2}", text[max(part.span[0] - 1, 0) : part.span[0] + 1]), around
            assert not re.search("[A-Za-z0-9_]{2}$", text[part.span[1] - 1 : part.span[1] + 1]), around


def test_talk_has_no_parts_until_somebody_asks(shipped: AdvertFilter) -> None:
    revealed = reveal("老妈被刷单骗了三千，能追回来吗")

    assert shipped.score(revealed).parts == ()
    assert shipped.explain(revealed)


def test_fewer_false_alarms_ask_for_a_higher_score(shipped: AdvertFilter) -> None:
    thresholds = [shipped.threshold_at(share) for share in (0.1, 0.02, 0.004, 0.001, 0.0001)]

    assert thresholds == sorted(thresholds)
    assert len(set(thresholds)) == len(thresholds)
    assert 0.0 < thresholds[0] < thresholds[-1] <= 1.0


def test_the_threshold_decides(shipped: AdvertFilter) -> None:
    revealed = reveal(ADVERTS[0])
    score = shipped.score(revealed).score

    for share in (0.2, 0.004, 1e-6):
        assert shipped.at(share).score(revealed).is_advert == (score >= shipped.threshold_at(share))


@given(st.text(max_size=300))
@settings(max_examples=examples(150), deadline=None)
def test_any_text_has_a_score_and_never_raises(text: str) -> None:
    advert = AdvertFilter.shipped().score(reveal(text))

    assert 0.0 <= advert.score <= 1.0


@pytest.mark.parametrize("text", ["", " ", "\n", "。", "\ud800", "\u200b" * 50, "1", "a" * 9000, "加微信" * 4000])
def test_odd_texts_have_a_score(shipped: AdvertFilter, text: str) -> None:
    assert 0.0 <= shipped.score(reveal(text)).score <= 1.0


def test_of_a_very_long_text_the_beginning_and_the_end_are_looked_at(shipped: AdvertFilter) -> None:
    talk = "今天我们讨论一下缓存失效的问题，先说背景。" * 2000

    assert not shipped.score(reveal(talk)).is_advert
    assert shipped.score(reveal(ADVERTS[1] + talk)).is_advert
    assert shipped.score(reveal(talk + ADVERTS[1])).is_advert


def test_typed_pinyin_has_the_pieces_of_its_characters() -> None:
    typed, written = read(reveal("zhuangqian")), read(reveal("赚钱"))

    assert set(written.pieces[3].rows.tolist()) & set(typed.pieces[3].rows.tolist())


def test_a_run_of_digits_is_one_sign_by_its_length() -> None:
    one, other = read(reveal("电话13812345678")), read(reveal("电话15987654321"))

    assert len(one.skeleton) == 3
    assert one.skeleton == other.skeleton != read(reveal("电话138")).skeleton


@pytest.mark.parametrize(
    "text", ["满 1.98 元 12:30 开抢", "a1_2b", "２ 0 2 6年", "看 10.0.0.1:8080 和 8 1.2.3.4 9", "𠮷1😀2", "", "。。。"]
)
def test_every_sign_has_its_place_in_the_text(text: str) -> None:
    shape = read(reveal(text))

    *places, behind = shape.places
    assert len(places) == len(shape.skeleton)
    assert behind == len(shape.text)
    assert all(
        shape.text[at] == sign or shape.text[at].isdigit() for at, sign in zip(places, shape.skeleton, strict=True)
    )


def test_letters_are_counted_sign_by_sign() -> None:
    shape = read(reveal("zhuang赚钱ng广告1234"))

    starts = shape.starts_of_letters
    assert starts[-1] == len(shape.letters)
    assert [shape.letters[a:b] for a, b in pairwise(starts)] == [
        "z", "", "u", "a", "n", "", "zuan", "qian", "n", "", "guan", "gao", "3"
    ]  # fmt: skip


def test_the_same_text_has_the_same_score_in_any_order(shipped: AdvertFilter) -> None:
    first = [shipped.score(reveal(text)).score for text in ADVERTS]
    again = [shipped.score(reveal(text)).score for text in reversed(ADVERTS)]

    assert first == again[::-1]
