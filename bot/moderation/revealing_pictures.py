"""Pictures in a text: emoji, and the faces of WeChat's keyboard, which arrive as 「[捂脸]」 or 「/::)」.

To their readers they say nothing, or stand for a word that the text around them calls for: 「加薇❤」, 「领[红包]」.
"""

from __future__ import annotations

import re
from typing import Final

from bot.moderation.characters import FOLDS

# A picture stands for a word only beside words that call for it: (before it, after it, the word).
_MEANINGS = [
    (re.compile("[❤♥♡💗💖💕💓💘💝🧡💛💚💙💜🤍🖤★☆⭐🌟]"), re.compile(r"[微薇威维徽溦巍v]\W{0,2}$"), None, "信"),
    (re.compile("[🐧]"), re.compile(r"[加十+➕扣找进]\W{0,2}$"), re.compile(r"\W{0,3}(?:\d|群|裙|号)"), "qq"),
    (re.compile("[☎📞📱📲]"), re.compile(r"[打拨致]\W?$"), re.compile(r"\W{0,3}\d"), "电话"),
    (re.compile("[🧧]"), re.compile(r"[领抢发收送拿取个包拆有]\W?$"), None, "红包"),
    (re.compile("[💰💵💴💸🤑]"), re.compile(r"[赚挣领借贷拿收本]\W?$"), None, "钱"),
    (re.compile("[🛰]"), re.compile(r"[加十+➕扣]\W?$"), None, "微信"),
    (re.compile("[✈🛩]"), re.compile(r"[加十+➕纸]\W?$"), None, "飞机"),
    (re.compile("[🀅]"), re.compile(r"[代开批转分出]\W?$"), re.compile(r"\W?[票财货]"), "发"),
]
_EMOJI = "".join(pictures.pattern.strip("[]") for pictures, *_ in _MEANINGS)
# As older versions of the app and some gateways write them. Behind one of letters stands no other letter: 「/:v」 is
# one, 「/:version」 is a part of an address.
_SIGNS = """
/::) /::~ /::B /::| /:8-) /::< /::$ /::X /::Z /::'( /::-| /::@ /::P /::D /::O /::( /::+ /:--b /::Q /::T /:,@P /:,@-D
/::d /:,@o /::g /:|-) /::! /::L /::> /::,@ /:,@f /::-S /:? /:,@x /:,@@ /::8 /:,@! /:!!! /:&-( /:B-) /:<@ /:@> /::-O
/:>-| /:P-( /::'| /:X-) /::* /:@x /:8* /:<W> /:@) /:@@ /:<L> /:<O> /:#-0 /:<& /:&>
"""
_LETTERS = """
xx bye wipe dig handclap pd beer basketb oo coffee eat pig rose fade showlove heart break cake li bome kn footb ladybug
shit moon sun gift hug strong weak share v jj bad lvu no ok love jump shake circle kotow turn skip oY hiphot kiss
"""
_SHORT = "|".join(sorted(map(re.escape, _SIGNS.split()), key=len, reverse=True))
_FACE = re.compile(rf"\[([^\[\]\s]{{1,13}})\]|({_SHORT}|/:(?:{'|'.join(_LETTERS.split())})(?![A-Za-z0-9]))")
_LONGEST: Final = 15  # characters of a face
_PICTURE = re.compile(f"{_FACE.pattern}|[{_EMOJI}]")
_BESIDE: Final = 20  # characters before and after a picture that are looked at: other faces may be among them
# As the app's keyboard names them, in Chinese and in English, folded as texts are.
_NAMES = """
微笑 撇嘴 色 发呆 得意 流泪 害羞 闭嘴 睡 大哭 尴尬 发怒 调皮 呲牙 惊讶 难过 酷 囧 冷汗 抓狂 吐 偷笑 愉快 可爱 白眼
傲慢 饥饿 困 惊恐 流汗 憨笑 悠闲 大兵 奋斗 咒骂 疑问 嘘 晕 折磨 疯了 衰 骷髅 敲打 再见 擦汗 抠鼻 鼓掌 糗大了 坏笑
左哼哼 右哼哼 哈欠 鄙视 委屈 快哭了 阴险 亲亲 吓 可怜 笑脸 生病 脸红 破涕为笑 恐惧 失望 无语 嘿哈 捂脸 奸笑 机智
皱眉 耶 吃瓜 加油 汗 天啊 emm 社会社会 旺柴 好的 打脸 哇 翻白眼 666 让我看看 叹气 苦涩 裂开 嘴唇 爱心 心碎 拥抱 强
弱 握手 胜利 抱拳 勾引 拳头 差劲 爱你 no ok 爱情 飞吻 合十 菜刀 西瓜 啤酒 篮球 乒乓 咖啡 饭 猪头 玫瑰 凋谢 示爱 蛋糕
闪电 炸弹 刀 足球 瓢虫 便便 月亮 太阳 礼物 庆祝 红包 发 福 烟花 爆竹 跳跳 发抖 怄火 转圈 磕头 回头 跳绳 挥手 投降
激动 乱舞 献吻 左太极 右太极 鸡 蜡烛 茶 smile grimace drool scowl coolguy sob shy silent sleep cry awkward angry
tongue grin surprise frown ruthless blush scream puke chuckle joyful slight smug hungry drowsy panic sweat laugh
loafer commando strive determined scold shocked shhh dizzy tormented toasted skull hammer wave speechless nosepick
clap shame trick yawn pooh-pooh shrunken tearingup sly kiss wrath whimper cleaver watermelon beer basketball
pingpong coffee rice pig rose wilt lips heart brokenheart cake lightning bomb dagger soccer ladybug poop moon sun
gift hug thumbsup thumbsdown shake peace fight beckon fist pinky rockon nuh-uh inlove blowkiss waddle tremble aaagh!
twirl kotow dramatic jumprope surrender hooray meditate smooch hey facepalm smirk smart moue yeah! tea packet candle
blessing chick onlooker goforit sweats omg respect doge noprob mybad keepfighting wow boring awesome letmesee sigh
hurt broken happy lol sick flushed terror letdown duh worship party fireworks firecracker rich
"""
_FACES: Final = frozenset(_NAMES.split())
_AS_EMOJI: Final = {"爱心": "❤", "heart": "❤", "/:heart": "❤", "红包": "🧧", "packet": "🧧", "发": "🀅", "rich": "🀅"}


def find_pictures(raw: str) -> list[tuple[int, int, str]]:
    """Return the faces of a text, and the emoji in it that stand for a word: start, end, and that word or nothing.

    Args:
        raw: as typed.
    """
    found = []
    for picture in _PICTURE.finditer(raw):
        start, end = picture.span()
        name = _name(picture)
        if name is None:
            continue
        emoji = _AS_EMOJI.get(name, "") if name else picture[0]
        word = _read(emoji, raw, start, end) if emoji else ""
        if name or word:
            found.append((start, end, word))
    return found


def find_face(raw: str, place: int) -> tuple[int, int] | None:
    """Return start and end of the face that a character of a text belongs to."""
    offset = max(0, place - _LONGEST + 1)
    spans = [face.span() for face in _FACE.finditer(raw[offset : place + _LONGEST]) if _name(face)]
    return next(((offset + start, offset + end) for start, end in spans if start <= place - offset < end), None)


def _name(picture: re.Match[str]) -> str | None:
    """Return the name of a face, nothing for an emoji, None for other words in brackets."""
    in_brackets, short = picture.group(1, 2)
    if not in_brackets:
        return short or ""
    name = "".join(FOLDS[ord(sign)] for sign in in_brackets)
    return name if name in _FACES else None


def _read(emoji: str, raw: str, start: int, end: int) -> str:
    """Return the word that a picture stands for between its neighbours, or nothing."""
    beside = (raw[max(0, start - _BESIDE) : start].casefold(), raw[end : end + _BESIDE])
    preceding, following = (_FACE.sub("", text) for text in beside)
    for pictures, before, after, word in _MEANINGS:
        if pictures.match(emoji) and (before.search(preceding) or (after and after.match(following))):
            return word
    return ""
