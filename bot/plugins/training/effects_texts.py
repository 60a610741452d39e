"""What the owner reads about an edit of schedules.yaml: its effects in one line, and each session it touches."""

from __future__ import annotations

from collections.abc import Sequence

from bot.plugin import format_duration, format_fen
from bot.plugins.training.effects import Change, Effects, Kind
from bot.plugins.training.model import TrainingSession
from bot.plugins.training.times_texts import length, moment, price

_SHOWN = 8
_WORDS = {
    Kind.NEW: "新增 {n} 场", Kind.MOVED: "改期 {n} 场", Kind.CHANGED: "修改 {n} 场", Kind.REMOVED: "删除 {n} 场",
    Kind.FILLED: "{n} 场有了资料或回放", Kind.REUSED: "{n} 场用了上过的编号",
}  # fmt: skip
_NAMES = {
    "title": "标题", "host": "主讲", "place": "地点", "link": "链接", "price_fen": "价格", "capacity": "名额",
    "access": "权限", "rooms": "群", "announce": "通知", "remind": "提醒", "materials": "资料", "recording": "回放",
    "missed": "错过", "within": "补发期限",
}  # fmt: skip
_KEYS = {"starts_at": "starts", "price_fen": "price", "rooms": "room"}
NOTHING_WAITS = "没有等您决定的改动。schedules.yaml 存盘以后，要问您的我会私聊说。"


def summary(changes: Sequence[Change]) -> str:
    """Return the effects in one line: 「新增 2 场、改期 1 场（影响 12 位已报名者，将逐一通知）」."""
    groups = {kind: [change for change in changes if change.kind is kind] for kind in Kind}
    return "、".join(_WORDS[kind].format(n=len(group)) + _concerned(group) for kind, group in groups.items() if group)


def _concerned(group: Sequence[Change]) -> str:
    kind = group[0].kind
    if kind in {Kind.NEW, Kind.REUSED}:
        return ""
    people = sum(change.heads.people for change in group if kind is not Kind.CHANGED or change.told_fields)
    if kind is Kind.FILLED:
        return f"（会告诉 {people} 位报名的人）" if people else ""
    paid = sum(change.heads.paid for change in group) if kind is Kind.REMOVED else 0
    if paid:
        others = f"影响 {people} 位已报名者，将逐一通知；" if people > paid else ""
        return f"（{others}{paid} 人已付款，需退款）"
    return f"（影响 {people} 位已报名者，将逐一通知）" if people else ""


def details(changes: Sequence[Change]) -> list[str]:
    """Return a line for each session, the last one for those left out."""
    lines = [f"· {detail(change)}" for change in changes[:_SHOWN]]
    return lines + ([f"……还有 {len(changes) - _SHOWN} 场"] if len(changes) > _SHOWN else [])


def detail(change: Change) -> str:
    """Return what happens to one session."""
    session = change.before or change.session
    named = f"{session.key}《{session.title}》"
    if change.kind is Kind.NEW:
        return f"{change.session.key}《{change.session.title}》{moment(change.session)}"
    if change.kind is Kind.REUSED:
        return f"{named}{moment(session)} 已经上过了，再开一次请换一个编号，这一条先不生效"
    if change.kind is Kind.REMOVED:
        paid = f"，{change.heads.paid} 人共付了 {format_fen(change.heads.paid_fen)}，要退" if change.heads.paid else ""
        return f"{named}{moment(session)} 取消{_people(change)}{paid}"
    return f"{named}{'；'.join(differences(change))}{_people(change)}"


def _people(change: Change) -> str:
    seats, waiting = change.heads.seats, change.heads.waiting
    told = ([f"{seats} 位已报名"] if seats else []) + ([f"{waiting} 位在候补"] if waiting else [])
    return f"，{'、'.join(told)}" if told else ""


def differences(change: Change) -> list[str]:
    """Return what differs, each as 「名额 30 → 20」."""
    before, after = change.before, change.after
    assert before is not None
    assert after is not None
    lines = [_time_difference(before, after)] if change.kind is Kind.MOVED else []
    for name in change.fields:
        if name not in _NAMES:
            continue
        note = f"（已有 {change.heads.seats} 人，不会请出任何人）" if name == "capacity" and change.is_lowered else ""
        lines.append(f"{_NAMES[name]} {_value(before, name)} → {_value(after, name)}{note}")
    return lines


def _time_difference(before: TrainingSession, after: TrainingSession) -> str:
    zone = f"（{after.timezone}）" if before.timezone != after.timezone else ""
    is_moved = zone or before.starts_at != after.starts_at
    times = [f"{moment(before)} → {moment(after)}{zone}"] if is_moved else []
    lengths = [f"时长 {length(before)} → {length(after)}"] if length(before) != length(after) else []
    return "，".join(times + lengths)


def _value(session: TrainingSession, name: str) -> str:
    value = getattr(session, name)
    if name == "price_fen":
        return price(session)
    if name == "capacity":
        return "不限" if value is None else str(value)
    if name in {"announce", "remind"}:
        return "、".join(format_duration(one) for one in value) or "不发"
    if name == "within":
        return format_duration(value)
    return "、".join(value) if isinstance(value, tuple) else str(value) or "无"


def asks(effects: Effects) -> str:
    """Return what the owner is asked once about an edit that affects people."""
    done = [f"另外，{summary(effects.harmless)}，已经生效。"] if effects.harmless else []
    has_people = any(change.heads.people or change.heads.paid for change in effects.waiting)
    why = "有人已经报名" if has_people else "原来的场次都没有了"
    return "\n".join(
        [
            f"schedules.yaml 改了，{why}，先问您一声：",
            f"{summary(effects.waiting)}。",
            *details(effects.waiting),
            *done,
            "发「应用」就照改并通知大家，发「放弃」保持原样，发「改动」再看一遍。",
        ]
    )


def again(changes: Sequence[Change], *, is_declined: bool) -> str:
    """Return the same when the owner wants to see it again."""
    head = "这些改动您放弃了，还没有生效：" if is_declined else "这些改动等您决定："
    return "\n".join([f"{head}{summary(changes)}。", *details(changes)])


def done(changes: Sequence[Change]) -> str:
    """Return what the owner reads about an edit that is in force."""
    said = summary(changes).replace("将逐一通知", "已逐一通知").replace("会告诉", "已告诉")
    return "\n".join([f"场次已生效：{said}。", *details(changes)])


def reused(changes: Sequence[Change]) -> str:
    """Return what the owner reads about ids that were used before."""
    return "\n".join(["schedules.yaml 里有的编号已经上过课了：", *details(changes)])


def declined(changes: Sequence[Change]) -> str:
    """Return what the owner reads after 放弃: what stays, and how the file is brought back."""
    gone = [change for change in changes if change.kind is not Kind.NEW]
    known = {change.session.entry for change in gone}
    new = dict.fromkeys(change.session.entry for change in changes if change.session.entry not in known)
    lines = list(dict.fromkeys(_way_back(change) for change in gone))[:_SHOWN]
    lines += [f"去掉 {'、'.join(new)}"] if new else []
    return "\n".join(
        [
            "好的，保持原样，报名的人不会收到通知。schedules.yaml 里还是新的写法，要和现在一致请这样改回：",
            *(f"· {line}" for line in lines),
            "改主意了随时发「应用」。",
        ]
    )


def _way_back(change: Change) -> str:
    before = change.before
    assert before is not None
    if change.kind is Kind.REMOVED:
        if before.is_series:
            return f"{before.entry} 的时间改回 {moment(before)[:2]} {before.local_start:%H:%M}，except 里不写要上的日子"
        return f"把 {before.entry} 这一条加回去：title: {before.title}，starts: {before.local_start:%Y-%m-%d %H:%M}"
    fields = [name for name in change.fields if name in _NAMES or name == "starts_at"]
    if before.is_series and "starts_at" in fields:
        return f"{before.entry} 的时间改回 {moment(before)} 这样"
    wanted = "，".join(f"{_KEYS.get(name, name)}: {_written(before, name)}" for name in fields)
    return f"{before.entry} 改回 {wanted or 'duration: ' + length(before)}"


def _written(session: TrainingSession, name: str) -> str:
    return f"{session.local_start:%Y-%m-%d %H:%M}" if name == "starts_at" else _value(session, name)
