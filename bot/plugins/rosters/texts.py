"""What owners read about rosters, and members about the end of their membership."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.plugin import format_moment
from bot.plugins.rosters.model import Doubt, Mode, Removal, RemovalState, SeatState

_MOST_NAMES = 30
_FEW_NAMES = 5
PICK = "回编号留人"
"""Stands in every message whose numbers the owner may answer."""

_MODES = {
    Mode.REHEARSING: "演练中，不移出任何人",
    Mode.RUNNING: "已开始",
    Mode.PAUSED: "已暂停，不邀请也不移出",
}
_DOUBTS = {
    Doubt.EMPTY: "「{topic}」的成员列表读出来是空的（上次有 {known} 人）",
    Doubt.HALVED: "「{topic}」读出来只有 {people} 人，上次有 {known} 人，少了一半",
    Doubt.TWIN: "有两个群都叫「{topic}」，我分不清是哪个",
    Doubt.UNREADABLE: "「{topic}」的成员列表现在读不出来",
}
NO_ROOMS = (
    "还没有套餐开放群。在 bot.yaml 的套餐里写 opens: [member, room:群名]，我就会邀请会员进群，到期后先问您再移出。"
)
NO_LIST = "现在没有等您看的移出名单。要让谁以后都不被移出，发「除外 @成员」。"
HELD_LINE = "人太多或列表有疑问，停下等您：没问题发「群名单 继续」。"
NO_EXCEPTIONS = "还没有除外的人。发「除外 @成员」，以后都不移出。"
NOTHING_HELD = "没有停下来等您的名单，不用继续。"


def names(people: Sequence[str]) -> str:
    """Return names in a row, the first thirty of them."""
    shown = "、".join(people[:_MOST_NAMES])
    return f"{shown} 等 {len(people)} 人" if len(people) > _MOST_NAMES else shown


# ---- invitations


def invited_again(topic: str) -> str:
    """Return what a member reads who was invited before and did not come."""
    return f"您的会员可以进「{topic}」，邀请又发给您一次，点开就能进。不想进不用理会。"


def invite_by_hand(topic: str, people: Sequence[str]) -> str:
    """Return what the owner reads where the account can bring nobody into a room."""
    return f"这几位会员还没进「{topic}」，这个账号不能拉人，请您手动邀请：\n{names(people)}"


def invite_unsure(topic: str, people: Sequence[str]) -> str:
    """Return what the owner reads of entitled members whose account is not surely known."""
    return f"这几位会员还没进「{topic}」，我认不准他们现在的微信，没有邀请，请您确认后手动拉：\n{names(people)}"


def stuck(topic: str, people: Sequence[str]) -> str:
    """Return what the owner reads of members who were invited three times."""
    return f"邀请了三次还没进「{topic}」：{names(people)}\n不再邀请了，请您看看是不是要另外联系。"


def doubt(topic: str, why: Doubt, people: int, known: int, *, holds: bool) -> str:
    """Return what the owner reads when a member list is not believed.

    Args:
        topic: of the room.
        why: what is wrong with the list.
        people: how many it names.
        known: how many the last one named.
        holds: somebody was to be removed just now.
    """
    stop = "今天要移出的人也先不动" if holds else "先不动任何人"
    what = f"{_DOUBTS[why].format(topic=topic, people=people, known=known)}，{stop}。"
    if why is Doubt.TWIN:
        return f"{what}请把其中一个改名，或者让我退出一个。"
    return f"{what}确实如此请发「群名单 继续」。"


def renamed(old: str, new: str) -> str:
    """Return what the owner reads when a room that plans open got another name."""
    return (
        f"「{old}」改名成「{new}」了，套餐里写的还是 room:{old}，这个群的邀请和移出先停了。"
        f"把群名改回来就接着来；要用新名字，请把 bot.yaml 里的 room:{old} 改成 room:{new}，已经卖出的会员还认旧名字。"
    )


# ---- removals


def tomorrow(topic: str, removals: Sequence[Removal], at: datetime, zone: ZoneInfo) -> str:
    """Return the list of those who leave tomorrow, with the numbers that keep them."""
    head = f"「{topic}」明天（{format_moment(at.astimezone(zone))}）移出 {len(removals)} 人，会员都过了宽限期："
    tail = f"{PICK}，几个一起也行（比如 2 3）；「除外 @名字」以后都不移。不回复就到点移出，提前一小时我私聊告诉本人。"
    return "\n".join([head, *_numbered(removals, zone), tail])


def by_hand_tomorrow(topic: str, removals: Sequence[Removal], at: datetime, zone: ZoneInfo) -> str:
    """Return the same where the account can remove nobody."""
    head = (
        f"「{topic}」有 {len(removals)} 人过了宽限期。这个账号不能移出成员，"
        f"明天（{format_moment(at.astimezone(zone))}）我把要移出的名单发给您："
    )
    return "\n".join([head, *_numbered(removals, zone), f"{PICK}，几个一起也行（比如 2 3）。"])


def rehearsal(topic: str, removals: Sequence[Removal], zone: ZoneInfo) -> str:
    """Return the list while nobody is removed."""
    lines = [f"{one.name}（{_ended(one, zone)}）" for one in removals]
    return (
        f"演练：「{topic}」有 {len(removals)} 人过了宽限期：{names(lines)}\n现在谁也不移出。"
        "发「群名单 开始」以后，每天先把名单给您看，第二天才移。"
    )


def too_many(topic: str, removals: Sequence[Removal], people: int, zone: ZoneInfo) -> str:
    """Return the list when it is too long to go ahead without the owner's word."""
    return "\n".join(
        [
            f"「{topic}」要移出 {len(removals)} 人，群里一共 {people} 人，一次太多了，先停下等您看：",
            *_numbered(removals, zone),
            f"没问题请发「群名单 继续」；{PICK}，几个一起也行（比如 2 3）。",
        ]
    )


def _numbered(removals: Sequence[Removal], zone: ZoneInfo) -> list[str]:
    lines = ["1. 全部保留"]
    for number, one in enumerate(removals, 2):
        is_open = one.state in {RemovalState.LISTED, RemovalState.TOLD}
        lines.append(f"{number}. {'保留' if is_open else '已留下'} {one.name}（{_ended(one, zone)}）")
    return lines


def _ended(removal: Removal, zone: ZoneInfo) -> str:
    return f"{removal.ends_at.astimezone(zone):%m-%d} 到期"


def kept(topic: str, people: Sequence[str], days: int, *, is_all: bool) -> str:
    """Return what the owner reads who keeps people."""
    who = f"全部 {len(people)} 人" if is_all else names(people)
    return f"好的，{who}留在「{topic}」，{days} 天内不再问。" + ("" if is_all else f"还可以{PICK}。")


def leaving_soon(topic: str, at: datetime, zone: ZoneInfo) -> str:
    """Return what a member reads an hour before."""
    return (
        f"您的会员已经到期，「{topic}」今天 {at.astimezone(zone):%H:%M} 会请您先离开。谢谢您一直在。\n"
        "想留下，现在发「续费」就好；以后想回来，随时发「套餐」，付完我会再邀请您进群。"
    )


def bind_please(topic: str) -> str:
    """Return what somebody reads whose account is not surely known and whose time seems to be over."""
    return (
        f"我认不准您在「{topic}」的会员身份：可能已经到期，也可能是换了登录。\n"
        "有绑定码请私聊我发「绑定 您的绑定码」；想续上请发「续费」。"
    )


def order_waits(topic: str, name: str, order_number: int) -> str:
    """Return what the owner reads of somebody who stays because a payment waits for them to confirm it."""
    return (
        f"{name} 本来要移出「{topic}」，但有一笔订单 D{order_number} 还没确认，这次先留着。"
        f"收到钱请发「确认收款 D{order_number}」。"
    )


def removed(topic: str, people: Sequence[str]) -> str:
    """Return what the owner reads when it is done."""
    return f"按名单，正在把 {len(people)} 人移出「{topic}」：{names(people)}"


def remove_by_hand(topic: str, people: Sequence[str]) -> str:
    """Return what the owner reads where the account can remove nobody; the names stand on a line of their own."""
    return f"请把这 {len(people)} 位移出「{topic}」（续了费的已经去掉）：\n" + "、".join(people)


# ---- 群名单


def overview(
    topic: str,
    mode: Mode,
    people: int,
    entitled: int,
    lines: Sequence[str],
) -> str:
    """Return what the owner reads of one room."""
    head = f"「{topic}」在群 {people} 人，会员 {entitled} 人（{_MODES[mode]}）"
    return "\n".join([head, *(lines or ["人都齐了，也没有多出来的。"])])


def missing_line(people: Sequence[tuple[str, SeatState, int]]) -> str:
    """Return who should be there and is not."""
    notes = {SeatState.WANTED: "认不准，没邀请", SeatState.STUCK: "邀请三次没进", SeatState.LEFT: "自己退的"}
    shown = [
        f"{name}（{f'邀请过 {tries} 次' if state is SeatState.INVITED else notes[state]}）"
        for name, state, tries in people
    ]
    return f"没进群的会员：{names(shown)}"


def expired_line(people: Sequence[tuple[str, datetime]], zone: ZoneInfo) -> str:
    """Return who is there and may be so no longer."""
    return f"过了宽限期的：{names([f'{name}（{at.astimezone(zone):%m-%d} 到期）' for name, at in people])}"


def expired_unsure_line(people: Sequence[tuple[str, datetime]], zone: ZoneInfo) -> str:
    """Return who seems to be there longer than they may, by ids that prove nothing."""
    shown = names([f"{name}（{at.astimezone(zone):%m-%d} 到期）" for name, at in people])
    return f"像是过了宽限期的，认不准，不会移出：{shown}"


def stranger_line(people: Sequence[str]) -> str:
    """Return who is there and never was entitled to be."""
    shown = "、".join(people[:_FEW_NAMES]) + (" 等" if len(people) > _FEW_NAMES else "")
    return f"没开过会员的 {len(people)} 人，不会移出：{shown}"


def unsure_line(count: int) -> str:
    """Return how many people the ids say nothing certain about."""
    return f"认不准的：{count} 人，不会移出"


def list_lines(removals: Sequence[Removal], zone: ZoneInfo) -> list[str]:
    """Return who leaves next, with the numbers that keep them."""
    at = format_moment(removals[0].remove_at.astimezone(zone))
    return [f"{at} 移出下面这些人，{PICK}：", *_numbered(removals, zone)]


def exceptions_line(people: Sequence[str]) -> str:
    """Return who is never removed."""
    return f"除外：{names(people)}" if people else NO_EXCEPTIONS


def doubt_line(topic: str, why: Doubt, people: int, known: int) -> str:
    """Return why nothing is done about a room."""
    return _DOUBTS[why].format(topic=topic, people=people, known=known) + "，先不动任何人。"


def mode_set(topics: Sequence[str], mode: Mode, list_at: str) -> str:
    """Return what the owner reads who started, paused or rehearses."""
    where = "、".join(f"「{topic}」" for topic in topics)
    if mode is Mode.RUNNING:
        return f"{where}开始了：会员我来邀请；过了宽限期的，{list_at} 先把名单给您看，第二天才移出。"
    if mode is Mode.PAUSED:
        return f"{where}暂停了：不邀请，也不移出。发「群名单 开始」接着来。"
    return f"{where}改成演练：照常邀请会员，但谁也不移出。"


def going_on(topic: str, people: Sequence[str], at: datetime | None, zone: ZoneInfo) -> str:
    """Return what the owner reads who said 继续."""
    if at is None or not people:
        return f"好的，「{topic}」接着来，现在没有要移出的人。"
    return f"好的，「{topic}」{format_moment(at.astimezone(zone))} 移出 {len(people)} 人：{names(people)}"


def no_such_room(topic: str, topics: Sequence[str]) -> str:
    """Return what the owner reads who named a room that no plan opens."""
    if not topics:
        return NO_ROOMS
    return f"没有套餐开放「{topic}」这个群。有：{names(topics)}。"


def not_in(topics: Sequence[str]) -> str:
    """Return what the owner reads when the bot is in none of the rooms."""
    return f"套餐开放了{'、'.join(f'「{topic}」' for topic in topics)}，但我还没进这些群。请把我拉进去。"


def no_such_number(most: int) -> str:
    """Return what the owner reads who answered a number that is not there."""
    return f"请回复 1 到 {most} 之间的数字，再{PICK}。"


def not_on_list(waiting: Sequence[str]) -> str:
    """Return what the owner reads who wants to keep somebody who would not have to leave."""
    how = f"发「保留 名字」，或者{PICK}；要让谁以后都不移，发「除外 @成员」。"
    return f"名单里没有这个名字。要移出的有：{names(waiting)}。{how}"


def may_stay(topic: str) -> str:
    """Return what a member reads who was told to leave and may stay."""
    return f"群主请您留下，不用离开「{topic}」了。"


def excepted(name: str, *, is_new: bool) -> str:
    """Return what the owner reads who excepted somebody."""
    return f"好的，{name} 以后都不会被移出。" if is_new else f"{name} 已经在除外里了，不会被移出。"


# ---- reminders


def reminder(title: str, ends_at: datetime, now: datetime, zone: ZoneInfo, *, is_trial: bool) -> str:
    """Return what a member reads before the end.

    Args:
        title: of the plan.
        ends_at: the end, aware.
        now: aware.
        zone: the room's.
        is_trial: there is nothing to renew, only something to buy.
    """
    local, today = ends_at.astimezone(zone), now.astimezone(zone).date()
    days = (local.date() - today).days
    when = {0: f"今天 {local:%H:%M} ", 1: f"明天（{format_moment(local)}）"}.get(
        days, f"还有 {days} 天，{format_moment(local)} "
    )
    how = "觉得有用的话，发「套餐」看看怎么继续。" if is_trial else "发「续费」接着用，剩下的时间一天也不会少。"
    return f"您的「{title}」{when}到期。{how}"


def over(
    title: str, ends_at: datetime, grace_until: datetime | None, now: datetime, zone: ZoneInfo, *, is_trial: bool
) -> str:
    """Return what a member reads at the end.

    Args:
        title: of the plan.
        ends_at: the end, aware.
        grace_until: until when it still counts; None when it does not.
        now: aware.
        zone: the room's.
        is_trial: nothing was paid for.
    """
    local = ends_at.astimezone(zone)
    day = "今天" if local.date() == now.astimezone(zone).date() else f"{local:%m-%d} "
    if grace_until is not None and grace_until > now:
        grace = f"不急，{format_moment(grace_until.astimezone(zone))} 之前照常能用。"
        return f"您的「{title}」{day}到期了。{grace}发「续费」接着用。"
    thanks = "" if is_trial else "谢谢您一路支持，"
    return f"您的「{title}」{day}到期了。{thanks}想继续随时发「套餐」。"
