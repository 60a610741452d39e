"""What a message says is read whatever was done to its characters; ordinary talk and code stay as they are."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.moderation.characters import FOLDS
from bot.moderation.revealing import reveal
from bot.moderation.revealing_signs import _PLAIN
from tests.examples import examples

DISGUISED = [
    ("加薇❤️：ａｂｃ12345", "加微信:abc12345"),
    ("加 w x：abc12345", "加 微信:abc12345"),
    ("伽威信 领红包", "加微信 领红包"),
    ("➕Ｖ❶③②六五5二 领紅包", "加微信1326552 领红包"),
    ("+ⓥ：𝓐𝓑𝓒1️⃣2️⃣3️⃣", "加微信:abc123"),
    ("ВХ：аbс12", "bx:abc12"),  # Cyrillic
    ("免·费·領·取", "免费领取"),
    ("免费｜领取·红包*大_放送", "免费领取红包大放送"),
    ("扫 码 领 取 红 包", "扫码领取红包"),
    ("兼\u200b职\u200b日\u200b结\u2063", "兼职日结"),
    ("兼\u0336职\u0489日\u20dd结", "兼职日结"),
    ("兼🔥职🌹日👩‍💻结", "兼职日结"),
    ("力口亻言 贝兼钅戋", "加信 赚钱"),
    ("纟工勹巳 大优惠", "红包 大优惠"),
    ("口口牌 木木 氵先扌丁", "口口牌 木木 洗打"),
    ("jia wei xin：abc123", "加微信:abc123"),
    ("mianfei领取hongbao", "免费领取红包"),
    ("加wx领hb", "加微信领红包"),
    ("勉废领取虹苞", "免费领取红包"),
    ("w3ix1n abc", "微信 abc"),
    ("hxxp://abc点com/x", "http://abc.com/x"),
    ("www。abc[.]com", "www.abc.com"),
    ("加\n微\n信\na\nb\nc\n1", "加微信abc1"),
    ("免扫\n费码\n领红\n取包", "免费领取扫码红包"),
    ("号信微加请费免取领", "领取免费请加微信号"),
    ("一三八零零一三八零零零", "13800138000"),
    ("138-0013-8000", "13800138000"),
    ("l38OOl38OOO", "13800138000"),
    ("扣扣裙：①②③④⑤⑥⑦⑨", "qq群:12345679"),
    ("加🐧 12345678", "加qq 12345678"),
    ("領取免費紅包，點擊鏈接", "领取免费红包,点击链接"),
    ("ＦＲＥＥ　ＧＩＦＴ", "free gift"),
    ("r̶e̶d̶", "red"),
    ("加[强]微[玫瑰]信[呲牙]：abc12345[捂脸]", "加微信:abc12345"),
    ("加薇[强][爱心]：abc12345", "加微信:abc12345"),
    ("快领[红包]，代开[發]票", "快领红包,代开发票"),
    ("加/::)微/:strong信/:v：abc12345/:,@P", "加微信:abc12345"),
    ("[流淚]真的嗎[发呆]🔥[Facepalm]", "真的吗"),
]
STAYS = [
    "威信很高的人", "这个算法的威信值", "英国维新运动", "卫星云图", "今天去动物园看企鹅", "女子日月潭",
    "前端/后端/测试/运维",
    "一、二、三、四、五", "1, 2, 3, 4, 5, 6, 7", "2026-11-22 10:02 192.168.1.100", "a.b.c.d 1.2.3.4",
    "i18n k8s b2b v2ex c++ 11",
    "v-model 怎么用", "vx = 3; vy = 4", "a+v = 3", "for i in range(10): print(i)", "o(n) 和 o(n log n)",
    "let x = {a: 1, b: 2}",
    "git fetch remote", "mysql5.7 的 latin1 字符集", "model3 好看吗", "pip install nano", "我姓徐她姓高",
    "属蛇的和属兔的",
    "这是 api 的 js 和 ts 的 db", "什么生肖跟狗相冲", "^\\d+(?:a|b)*$", "| 名称 | 说明 |\n| --- | --- |\n| a | b |",
    "嗯。好。行。对。是。",
    "a[0] + b[强度] + c[i]", "见文档[1]和[附录]", "get /api/:version/:id", "http://a.com/:ok2",
    "版本 10.15.7", "see you at 5 p.m.", "第 2 章第 3 节", "他说了 3 次 不行", "十八岁那年", "二〇二六年十一月",
]  # fmt: skip


@pytest.mark.parametrize(("disguised", "said"), DISGUISED)
def test_disguised_text_is_read(disguised: str, said: str) -> None:
    assert reveal(disguised).text == said


@pytest.mark.parametrize("text", STAYS)
def test_ordinary_talk_and_code_stay_as_they_are(text: str) -> None:
    found = reveal(text)
    assert (found.text, found.disguise) == (text.replace("。", "。"), 0)


@pytest.mark.parametrize(
    ("text", "part", "original"),
    [
        ("快加薇❤️芯：ab", "微信", "薇❤"),
        ("领，纟工-勹巳 吧", "红", "纟工"),
        ("点 h x x p：//a.com hxxp://b点com", "http://b.com", "hxxp://b点com"),
        ("请加 jia wei xin 吧", "加微信", "jia wei xin"),
        ("电话 1️⃣3️⃣8️⃣00138000", "13800138000", "1️⃣3️⃣8️⃣00138000"),
        ("兼\u200b职\u200b日\u200b结啊", "职日", "职\u200b日"),
        ("快加[强]微信[强]吧", "微信", "微信"),
        ("快加薇[爱心]吧", "微信", "薇[爱心]"),
        ("快加薇[强]❤吧", "微信", "薇[强]❤"),
        ("快领[红包]吧", "包", "[红包]"),
    ],
)
def test_what_is_found_quotes_the_original(text: str, part: str, original: str) -> None:
    found = reveal(text)
    at = found.text.index(part)
    assert found.quote(at, at + len(part)) == original


@pytest.mark.parametrize(
    "text", [text for text in (*(text for text, _ in DISGUISED), *STAYS) if "[" not in text and "/:" not in text]
)
def test_faces_of_the_keyboard_say_nothing(text: str) -> None:
    chance, faces = random.Random(text), ("[呲牙]", "[强]", "[OK]", "[Smile]", "/::)", "/:,@!")
    sprinkled = "".join(f"{sign}{chance.choice(faces)}" if chance.random() < 0.5 else sign for sign in text)
    assert reveal(sprinkled).text == reveal(text).text


def test_a_text_written_backwards_keeps_its_places() -> None:
    found = reveal("号信微加请费免取领")
    assert found.quote(0, 2) == "取领"


def test_a_quote_outside_the_text_is_empty() -> None:
    assert [reveal("加微信").quote(*span) for span in ((2, 2), (-1, 2), (0, 9))] == ["", "", ""]


def test_sounds_are_syllables_with_their_places() -> None:
    sounds = reveal("加 vx 领红包 100 元").sounds
    assert sounds.text == " jia wei xin ling hong bao 100 yuan "
    assert sounds.places == (0, 2, 3, 5, 6, 7, 9, 13, 14)


@pytest.mark.parametrize(
    ("text", "trick"),
    [
        ("兼\u200b职\u200b日\u200b结", "隐形字符"),
        ("兼̶职̶日̶结̶", "组合符号"),
        ("免·费·領·取*红~包", "字间夹符号"),
        ("亻言力口钅戋", "拆字"),
        ("𝓐𝓑𝓒ⓓⓔⓕ", "异体字母"),
        ("hxxp://abc点com", "网址变形"),
        ("免\n费\n领\n取", "竖排"),
        ("号信微加请费免取领", "倒写"),
        ("一三八零零一三八零零零", "数字变形"),
    ],
)
def test_tricks_are_named_and_counted(text: str, trick: str) -> None:
    found = reveal(text)
    assert found.disguises[0] == trick
    assert found.disguise >= 2


@pytest.mark.parametrize(
    "text",
    [
        "謝謝大家，這個問題我昨天也遇到過。", "好的👌明天见😂😂", "ＡＢ两种方案",
        "ｈｔｔｐｓ：／／ｇｉｔｈｕｂ．ｃｏｍ／ａ／ｂ　２０２６", "①安装 ②配置 ③运行",
        "λ 表达式和 π", "温度 25℃", "@小知\u2005在吗",
        "https://github.com/a/b?x=1#readme", "「引用」——作者", "Привет",
    ],
)  # fmt: skip
def test_honest_signs_are_no_disguise(text: str) -> None:
    assert reveal(text).disguise < 1 or text == "Привет"


ODD = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            "加微信vx qqＱ🐧一二三亻言力口\n\u200b\u0301·. 点com1234567890oli裙hxtp:/@$!jwxmianfei\ufe0f\u20e3"
        ),
    ),
    max_size=200,
)


@given(ODD)
@settings(max_examples=examples(600))
def test_any_text_is_revealed_with_every_place_inside_it(raw: str) -> None:
    found = reveal(raw)
    assert len(found.text) == len(found.origins)
    assert all(0 <= at < len(raw) for at in found.origins)
    assert found.disguise >= 0
    assert len(found.sounds.places) == len(found.sounds.syllables) + 1
    assert all(found.quote(at, at + 1) in raw for at in range(len(found.text)))


@given(st.text(alphabet="我们今天去吃饭吗好的明天见代码写完了", max_size=40))
def test_places_of_a_plain_text_are_its_own(raw: str) -> None:
    found = reveal(raw)
    if found.text == raw:
        assert list(found.origins) == list(range(len(raw)))


@pytest.mark.parametrize(
    "raw",
    [
        "加微信" * 40_000,
        "\u200b" * 10_000 + "加微信 abc123",
        "a\u0301" * 50_000,
        "亻" * 100_000,
        "1 " * 50_000,
        "((((" * 25_000,
        "\n" * 100_000,
        "jiaweixin" * 12_000,
        "h" * 100_000,
        "加\n" * 50_000,
        "\U0001f525免" * 50_000,
        "一二" * 50_000,
        "\ud800" * 1000,
        "weixin@" * 10_000,
        "k." * 50_000,
    ],
    ids=lambda raw: f"{raw[:4]!a}",
)
def test_monstrous_texts_are_judged_by_some_thousand_characters(raw: str) -> None:
    found = reveal(raw)
    assert len(found.origins) <= 4_200  # the work after the first look is bounded by that
    assert found.text == "加微信 abc123" or not raw.startswith("\u200b")


def test_the_end_of_a_monstrous_text_is_judged() -> None:
    text = reveal("好的。" * 30_000 + "加薇芯 abc123").text
    assert text.endswith("加微信 abc123")


def test_characters_that_need_no_second_look_fold_one_to_one() -> None:
    plain = [chr(code) for code in range(0x10000) if _PLAIN.fullmatch(chr(code))]
    assert len(plain) > 20_000
    assert [sign for sign in plain if len(FOLDS[ord(sign)]) != 1] == []


def test_nothing_that_shows_nothing_is_left() -> None:
    unseen = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cf", "Mn", "Me"}]
    assert len(unseen) > 2_000
    assert [sign for sign in random.Random(1).sample(unseen, 500) if reveal(f"兼{sign}职").text != "兼职"] == []
