"""Greetings, thanks and noises: what is said to the bot and asks nothing, and the kind word that answers it."""

from __future__ import annotations

import re
from enum import StrEnum

from bot.text import fold


class SmallTalk(StrEnum):
    """What kind of small talk a line is."""

    GREETING = "greeting"
    CALL = "call"
    WHO = "who"
    THANKS = "thanks"
    BYE = "bye"
    BLAME = "blame"
    AGREED = "agreed"
    NOISE = "noise"


_NAMED = r"(?:小\w|机器人|bot|亲|老师|各位|大家|你|您)?"
_LAST = r"[呀啊哦吖啦了哈呢哇吧]*"
_PATTERNS = {
    SmallTalk.GREETING: rf"(?:你|您|大家|各位|老师|小\w)们?好{_NAMED}{_LAST}"
    rf"|{_NAMED}(?:早|早上好|上午好|中午好|下午好|晚上好|晚安|嗨|哈喽|hello|hi|hey){_NAMED}{_LAST}",
    SmallTalk.CALL: r"在[吗么嘛不]|在不在|在线吗|有人[吗么]|吃了[吗么没]|喂+|测试(?:一下)?|test|ping|小知",
    SmallTalk.WHO: r"[你您](?:是谁|叫什么(?:名字)?|是(?:真人|人|机器人|ai|bot)[吗么嘛]?|是什么(?:东西|机器人)?)",
    SmallTalk.THANKS: rf"(?:非常|十分|太)?(?:谢+谢*|多谢|感谢|感恩|辛苦){_NAMED}{_LAST}|thanks?|thank you|thx|3q",
    SmallTalk.BYE: r"拜+|拜拜|再见|回见|明天见|bye(?: ?bye)?|先?下了|溜了",
    SmallTalk.BLAME: r"(?:[你这]?(?:个|什么)?(?:机器人|bot)?)(?:真|太|好|是|这么)*"
    r"(?:笨|蠢|傻|垃圾|没用|智障|不行|傻[逼瓜])(?:蛋|死了)?"
    rf"{_LAST}|答非所问|(?:答|说|回答)(?:得)?不对|(?:答|说|回答)错了|没用|不是这个",
    SmallTalk.AGREED: r"好[的吧滴嘞]?|好好|收到|o+k+|okay|是[的啊]?|对+[的啊呀]?|行[吧的]?|可以的?|嗯+|"
    rf"(?:我)?(?:明白|懂|了解|知道|清楚|学到|会|解决|搞定|没事|算|没问题)了{_LAST}|明白|了解|没事|没关系|没问题|原来如此|原来是这样"
    rf"|(?:真|太|好|很|挺)*(?:牛|牛[逼批]|厉害|赞|棒|不错|强|优秀|靠谱){_LAST}|继续|加油|可以可以",
    SmallTalk.NOISE: r"哦+|啊+|哈+|呵+|嘿+|呜+|额+|呃+|唉+|6+|(?:哈*笑死(?:我了)?)|233+|\W*",
}
_COMPILED = [(kind, re.compile(pattern)) for kind, pattern in _PATTERNS.items()]
_ENDING = " \n\t。.!~,、?"
_LONGEST = 30  # characters; whoever writes more says something
_WORDS = {
    SmallTalk.GREETING: "您好，我是{name}。可以直接问我问题，或发送「帮助」看看我会做什么。",
    SmallTalk.CALL: "在的，直接说问题就好。",
    SmallTalk.WHO: "我是{name}，群里的机器人，帮大家找答案、收经验。发送「帮助」看看我会做什么。",
    SmallTalk.THANKS: "不客气，有问题随时叫我。",
    SmallTalk.BYE: "再见，有问题随时叫我。",
    SmallTalk.BLAME: "抱歉没帮上忙，把问题换个说法再问我一次试试。",
    SmallTalk.AGREED: "好的，有问题随时叫我。",
}


def find_small_talk(text: str) -> SmallTalk | None:
    """Return what kind of small talk a line is; None when it says more than that.

    Args:
        text: normalised.
    """
    plain = fold(text).strip().rstrip(_ENDING)
    if len(plain) > _LONGEST:
        return None if any(character.isalnum() for character in plain) else SmallTalk.NOISE
    return next((kind for kind, pattern in _COMPILED if pattern.fullmatch(plain)), None)


def kind_word(text: str, name: str) -> str:
    """Return what is answered to small talk; empty when there is nothing to say to it but help.

    Args:
        text: normalised.
        name: what the bot is called.
    """
    kind = find_small_talk(text)
    return _WORDS[kind].format(name=name) if kind in _WORDS else ""
