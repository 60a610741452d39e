"""Why the bot did what it did with a message, as one Chinese sentence for 为什么."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from bot.model import Role

Decision = Mapping[str, Any]

ROLE_NAMES: Final = {
    Role.GUEST: "访客",
    Role.MEMBER: "成员",
    Role.EXPERT: "专家",
    Role.ADMIN: "管理员",
    Role.OWNER: "群主",
}


class Reason(StrEnum):
    """What decided about a message; the key `reason` of its decision."""

    NOT_ADDRESSED = "not_addressed"
    NOT_TEXT = "not_text"
    BARE_OFF = "bare_off"
    NOT_ARGUMENTS = "not_arguments"
    NOT_MEANT = "not_meant"
    RAN = "ran"
    USAGE = "usage"
    REFUSED = "refused"
    NEAR_MISS = "near_miss"
    NO_COMMAND = "no_command"
    ROLE = "role"
    PLACE = "place"
    ENTITLEMENT = "entitlement"
    LIMIT = "limit"
    CHOSEN = "chosen"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    DIALOGUE = "dialogue"
    ASKED_TO_CONFIRM = "asked_to_confirm"
    LISTENER = "listener"
    TAKEN = "taken"
    FALLBACK = "fallback"
    NO_ANSWER = "no_answer"
    NO_LIST = "no_list"
    HELP = "help"
    HELP_GIVEN = "help_given"


def explain(decision: Decision) -> str:
    """Return why the bot did or did not act.

    Args:
        decision: what the router wrote down (`Outcome.decision`); keys that are missing are passed over.
    """
    tell = _SENTENCES.get(decision.get("reason", ""))
    sentences = [tell(decision)] if tell else ["没有留下记录。"]
    sentences += [_SIDE_NOTES[note](decision) for note in decision.get("notes", ()) if note in _SIDE_NOTES]
    if decision.get("why"):
        sentences.append(f"插件的说明：{decision['why']}。")
    return "".join(sentences)


def _command(decision: Decision) -> str:
    return f"「{decision.get('command', '')}」"


def _plugin(decision: Decision) -> str:
    return f"「{decision.get('plugin_title') or decision.get('plugin', '')}」"


def _seconds(decision: Decision) -> str:
    return str(max(1, round(decision.get("wait_seconds", 0))))


def _limit(decision: Decision) -> str:
    number = f"{decision.get('limit', 0):g}"
    sentences = {
        "cooldown": f"{_command(decision)}冷却剩 {_seconds(decision)} 秒，每 {number} 秒可用一次。",
        "daily": f"{_command(decision)}每人每天 {number} 次，当天已经用完。",
        "flood": f"指令发得太快，还要等 {_seconds(decision)} 秒。",
        "member_daily": f"每人在一个群每天最多 {number} 次指令，当天已经用完。",
        "room_daily": f"这个群每天最多 {number} 次指令，当天已经用完。",
    }
    told = "" if decision.get("told", True) else "提醒过一次了，所以没有再说。"
    return sentences.get(decision.get("refusal", ""), "用得太频繁。") + told


def _role(decision: Decision) -> str:
    needs = ROLE_NAMES.get(Role(decision.get("needs", Role.GUEST)), "")
    return f"{_command(decision)}要{needs}才能用。"


def _place(decision: Decision) -> str:
    return f"{_command(decision)}只能{'在群里' if decision.get('needs_place') == 'room' else '私聊'}用。"


def _intent(decision: Decision) -> str:
    score, threshold = decision.get("intent_score"), decision.get("intent_threshold")
    if score is None or threshold is None:
        return "没有听出是哪个指令。"
    relation = "高于" if score >= threshold else "低于"
    return f"最像{_intent_command(decision)}，相似度 {score:.2f}，{relation}阈值 {threshold:.2f}。"


def _intent_command(decision: Decision) -> str:
    return f"「{decision.get('intent_command') or '闲聊'}」"


def _ran(decision: Decision) -> str:
    ways = {
        "slash": "以 / 开头",
        "addressed": "是对我说的",
        "bare": "单独的指令词",
        "choice": "回复了编号",
        "intent": "听懂了意思",
    }
    way = ways.get(decision.get("mode", ""), "是指令")
    return f"{way}，执行了指令{_command(decision)}。"


def _fallback(decision: Decision) -> str:
    score = decision.get("score")
    sure = f"，把握 {score:.2f}" if isinstance(score, float) else ""
    return f"当作提问交给{_plugin(decision)}回答{sure}。"


_SENTENCES: Final[dict[str, Callable[[Decision], str]]] = {
    Reason.NOT_ADDRESSED: lambda _: "没有 @我，本群只在 @我 或用指令时回答。",
    Reason.NOT_TEXT: lambda _: "不是文字消息，我只看文字里的指令和提问。",
    Reason.BARE_OFF: lambda d: f"像是指令{_command(d)}，但本群只理会 @我 和 / 开头的指令。",
    Reason.NOT_ARGUMENTS: lambda d: f"以{_command(d)}开头，但后面的内容不像它的参数，当作闲聊。",
    Reason.RAN: _ran,
    Reason.USAGE: lambda d: f"{_command(d)}的参数不对，回复了用法。",
    Reason.REFUSED: lambda d: f"{_command(d)}的参数读懂了，但办不了，回复了原因。",
    Reason.NEAR_MISS: lambda d: f"没有指令「{d.get('typed', '')}」，最接近的是{_command(d)}。",
    Reason.NO_COMMAND: lambda d: f"没有指令「{d.get('typed', '')}」。",
    Reason.ROLE: _role,
    Reason.PLACE: _place,
    Reason.ENTITLEMENT: lambda d: f"{_command(d)}要有对应的权益才能用。",
    Reason.LIMIT: _limit,
    Reason.CHOSEN: lambda d: f"回复了列表里的第 {d.get('number', '')} 项，执行了{_command(d)}。",
    Reason.CONFIRMED: lambda d: f"确认了，执行了{_command(d)}。",
    Reason.DECLINED: lambda _: "回复了不用，所以没有执行。",
    Reason.DIALOGUE: lambda d: f"回答了{_plugin(d)}的提问。",
    Reason.ASKED_TO_CONFIRM: lambda d: f"{_intent(d)}会改动数据，所以先请您确认。",
    Reason.LISTENER: lambda d: f"{_plugin(d)}对这条消息有话说。",
    Reason.NOT_MEANT: lambda d: f"像是指令{_command(d)}，但不是对我说的，当作闲聊。",
    Reason.TAKEN: lambda d: f"{_plugin(d)}收下了这条消息，不用回答。",
    Reason.FALLBACK: _fallback,
    Reason.NO_ANSWER: lambda _: "是对我说的，但没有插件能回答。",
    Reason.NO_LIST: lambda _: "回复了编号，但没有等着您选的列表，或者已经过期。",
    Reason.HELP: lambda _: "是对我说的，但不是指令也不像提问，回复了一行帮助。",
    Reason.HELP_GIVEN: lambda _: "是对我说的，但不是指令也不像提问；帮助刚发过，没有重复。",
}
_SIDE_NOTES: Final[dict[str, Callable[[Decision], str]]] = {
    Reason.BARE_OFF: _SENTENCES[Reason.BARE_OFF],
    Reason.NOT_ARGUMENTS: _SENTENCES[Reason.NOT_ARGUMENTS],
    Reason.NOT_MEANT: _SENTENCES[Reason.NOT_MEANT],
    Reason.ROLE: _role,
    "intent": _intent,
    "no_encoder": lambda _: "语义模型还没有准备好，只按句式判断。",
}
