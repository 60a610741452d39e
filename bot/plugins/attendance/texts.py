"""What members and hosts read about attendance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.plugin import format_moment
from bot.plugins.attendance.codes import DIGITS, show_certificate
from bot.plugins.attendance.model import Attendance, Closing, NoShow, Presence, RosterLine
from bot.plugins.attendance.rules import count_by_state
from bot.plugins.training.api import TrainingSession

_MOST_NAMED = 10

NO_SESSION = "现在没有要签到的场次。开课前会开放签到，到时发「签到 六位签到码」，码在主讲那里。"
NOT_LEADING = "这里只给主讲和群主看。您是主讲的话，请群主发「主讲 @您」确认一次。"
NO_SUCH_MEMBER = "群里没有找到「{name}」，请用 @ 选中这位成员，或者请对方先在群里说句话。"
NOTHING_TO_LEAD = "最近没有场次。课表里有了场次，这里就有名单。"
NO_CERTIFICATES = "您还没有参加证明。签到参加一场，结束后我会私聊发给您。"
NO_SUCH_CERTIFICATE = "没有这个编号。编号是 8 位字母和数字，请核对后再发一次。"
NO_HISTORY = "您还没有出勤记录。发「课表」看看有哪些场次。"
NO_HOSTS = "还没有确认过主讲。发「主讲 @成员」，这位成员就能拿签到码和名单。"
ONLY_PRIVATE = "签到码请私聊发给我，在群里发，没来的人也看得到。还没加我好友的，先加一下。"
DIGITS_ONLY = f"签到码是 {DIGITS} 位数字，请看主讲现在给的码，例如：签到 482913"


def when(session: TrainingSession) -> str:
    """Return 「周六 12-05 20:00」 by the session's own clock."""
    return format_moment(session.local_start)


def clock_of(session: TrainingSession, at: datetime) -> str:
    """Return a moment by the session's own clock, as 「20:03」."""
    return f"{at.astimezone(session.zone):%H:%M}"


def signed_in(attendance: Attendance, session: TrainingSession, *, of_several: bool) -> str:
    """Return what a member is told who signed in; the title only where two sessions run at once."""
    what = f"《{session.title}》" if of_several else ""
    late = "，记为迟到" if attendance.is_late else ""
    walk_in = "，记为临时到场" if attendance.is_walk_in else ""
    return f"{what}签到成功，第 {attendance.place} 位{late}{walk_in}。"


def signed_before(attendance: Attendance, session: TrainingSession) -> str:
    """Return what a member is told who had signed in already."""
    return f"您已经签到过《{session.title}》了，第 {attendance.place} 位。"


def wrong_code(left: int) -> str:
    """Return what is said to a wrong code."""
    return f"签到码不对，请看主讲现在给的码（一分钟换一次），还可以试 {left} 次。"


def expired_code() -> str:
    """Return what is said to a code that was right some minutes ago."""
    return "这个签到码过期了，请看主讲现在给的码再发一次。"


def locked(wait: timedelta) -> str:
    """Return what is said to a member who typed too many wrong codes."""
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    return f"签到码输错太多次了，请 {minutes} 分钟后再试，或者请主讲帮您补签。"


def unpaid(session: TrainingSession) -> str:
    """Return what a member is told whose place is not paid for."""
    return f"您报了《{session.title}》，但还没有确认收款。已经付了的话，请群主确认收款后再签到。"


def unregistered(session: TrainingSession, now: datetime) -> str:
    """Return what a member is told who has no registration where one is needed."""
    if now < session.starts_at:
        return f"您还没报名《{session.title}》，先发「报名 {session.key}」，报上了再签到。"
    return f"您没有报名《{session.title}》，报名已经截止，请联系主讲或群主补签。"


def not_yet(session: TrainingSession, opens_at: datetime) -> str:
    """Return when the next session can be signed in to."""
    return (
        f"现在没有要签到的场次。下一场《{session.title}》{when(session)}，"
        f"{clock_of(session, opens_at)} 开始签到，到时发「签到 六位签到码」。"
    )


def how_to(sessions: Sequence[TrainingSession]) -> str:
    """Return how to sign in to what is going on."""
    titles = "、".join(f"《{session.title}》" for session in sessions)
    return f"{titles}正在签到：发「签到 六位签到码」，码在主讲那里，一分钟换一次。"


def done_already(sessions: Sequence[TrainingSession]) -> str:
    """Return what is said when the member has signed in to all that is going on."""
    return f"您已经签到过{'、'.join(f'《{session.title}》' for session in sessions)}了，不用再签。"


def code_line(session: TrainingSession, code: str, left: int, *, only_private: bool) -> str:
    """Return a session's code for its host."""
    where = "成员私聊我发" if only_private else "成员发"
    return f"《{session.title}》签到码：{code}\n还有 {left} 秒换新，旧码再多用一分钟。{where}「签到 {code}」。"


def so_far(came: int, registered: int) -> str:
    """Return how many have signed in."""
    return f"已签到 {came} 位，报名 {registered} 位。"


def code_too_early(session: TrainingSession, opens_at: datetime) -> str:
    """Return when a host can have the code."""
    return f"《{session.title}》{when(session)} 开始，{clock_of(session, opens_at)} 起再发「签到码」就有。"


def code_too_late(session: TrainingSession) -> str:
    """Return what a host is told after the end."""
    return (
        f"《{session.title}》已经结束，签到关闭了。有人漏签，发「补签 @成员 {session.key}」；"
        f"看名单发「名单 {session.key}」。"
    )


def cancelled(session: TrainingSession) -> str:
    """Return what is said about a session that was called off."""
    return f"《{session.title}》{when(session)} 已经取消了，没有签到。"


def not_found(typed: str) -> str:
    """Return what is said to a session nobody knows."""
    return f"没有找到场次「{typed}」，发「课表」看看编号，或者发「名单」从列表里选。"


def other_roster(word: str) -> str:
    """Return what the owner reads who means the members of a room and not those of a session."""
    return f"「名单」看的是场次的报名和签到。会员进群和移出的名单，请发「群名单 {word}」。"


def roster(session: TrainingSession, lines: Sequence[RosterLine]) -> str:
    """Return the roster of a session."""
    head = f"《{session.title}》{when(session)} 名单"
    if not lines:
        return f"{head}\n还没有人报名，也没有人签到。"
    rows = [f"{number}. {_line(session, line)}" for number, line in enumerate(lines, 1)]
    return "\n".join([head, _counts(lines), *rows, f"要表格发「导出名单 {session.key}」。"])


def _counts(lines: Sequence[RosterLine]) -> str:
    counts = count_by_state(lines)
    return "，".join(f"{presence} {count}" for presence, count in counts.items() if count)


def _line(session: TrainingSession, line: RosterLine) -> str:
    at = f" {clock_of(session, line.attendance.at)}" if line.attendance else ""
    noted = "（补签）" if line.attendance and line.attendance.noted_by else ""
    return f"{line.name} {line.presence}{at}{noted}"


def exported(session: TrainingSession, many: int) -> str:
    """Return what goes with the file."""
    return f"《{session.title}》{when(session)} 的名单，{many} 行，用 Excel 或 WPS 打开。"


def noted(name: str, session: TrainingSession, place: int, *, was_absent: bool) -> str:
    """Return what a host is told who signed somebody in."""
    taken_back = "，缺席已撤销" if was_absent else ""
    return f"已给 {name} 补签《{session.title}》，第 {place} 位{taken_back}。"


def noted_before(name: str, session: TrainingSession) -> str:
    """Return what a host is told who signs somebody in twice."""
    return f"{name} 已经签到过《{session.title}》了，不用补签。"


def too_early_to_note(session: TrainingSession) -> str:
    """Return what a host is told who signs somebody in before it can be."""
    return f"《{session.title}》{when(session)} 还没开始签到，到时再补签。"


def taken_out(name: str, session: TrainingSession) -> str:
    """Return what a host is told who took an attendance back."""
    return f"已撤销 {name} 在《{session.title}》的签到。发「补签 @{name} {session.key}」可以恢复。"


def not_there(name: str, session: TrainingSession) -> str:
    """Return what a host is told when there is nothing to take back."""
    return f"{name} 没有签到《{session.title}》，不用撤销。"


def host_added(name: str, host: str) -> str:
    """Return what an owner is told who confirmed a host."""
    return f"好的，课表里的主讲「{host}」就是 {name}，可以发「签到码」「名单」了。"


def no_such_host(name: str, known: Sequence[str]) -> str:
    """Return what an owner is told who confirms a host that no session has."""
    has = f"课表里有：{'、'.join(known[:_MOST_NAMED])}" if known else "课表里还没有写主讲"
    return f"课表里没有主讲叫「{name}」，{has}。写法：主讲 @成员 课表里的名字"


def host_removed(name: str) -> str:
    """Return what an owner is told who took a host's rights away."""
    return f"好的，{name} 不能再拿签到码和名单了。"


def hosts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the confirmed hosts."""
    lines = [f"{number}. {host}：{name}" for number, (host, name) in enumerate(pairs, 1)]
    return "\n".join(["已确认的主讲（课表里的名字：成员）", *lines, "取消发「取消主讲 @成员」。"])


def summary(session: TrainingSession, closing: Closing, absent: Sequence[NoShow]) -> str:
    """Return what the host reads when a session is over."""
    if not closing.is_taken:
        return (
            f"《{session.title}》结束了，报名 {closing.registered} 位，没有人签到，所以不记缺席。"
            "想记出勤，下次开课前发「签到码」，成员发「签到 码」就行。"
        )
    parts = [f"迟到 {closing.late}"] if closing.late else []
    parts += [f"临时到场 {closing.walk_in}"] if closing.walk_in else []
    came = f"到场 {closing.came} 位" + (f"（其中{'、'.join(parts)}）" if parts else "")
    lines = [f"《{session.title}》结束了：报名 {closing.registered} 位，{came}，缺席 {closing.absent} 位。"]
    if absent:
        lines.append(f"缺席：{_some([one.name for one in absent])}。到了但没签上的，发「补签 @成员 {session.key}」。")
    lines.append(f"名单发「名单 {session.key}」，表格发「导出名单 {session.key}」。")
    return "\n".join(lines)


def _some(names: Sequence[str]) -> str:
    shown = "、".join(names[:_MOST_NAMED])
    return f"{shown} 等 {len(names)} 位" if len(names) > _MOST_NAMED else shown


def thanks(session: TrainingSession, attendance: Attendance) -> str:
    """Return what a member reads who came, when the session is over."""
    lines = [f"谢谢您参加《{session.title}》。"]
    if attendance.certificate:
        number = show_certificate(attendance.certificate)
        lines.append(f"参加证明：{_facts(session, attendance)}，编号 {number}。任何人发「证书 {number}」都能核对。")
    if session.materials:
        lines.append(f"资料：{session.materials}")
    if session.recording:
        lines.append(f"录像：{session.recording}")
    return "\n".join(lines)


def absent(session: TrainingSession, count: int) -> str:
    """Return what a member reads who was registered and did not sign in."""
    return (
        f"《{session.title}》您报了名，没有签到，记为缺席（共 {count} 次）。其实到了的话，请主讲或群主帮您补签。"
        f"下次来不了，开课前发「取消 场次」把名额让给候补的人。"
    )


def certificate(session: TrainingSession, attendance: Attendance) -> str:
    """Return what everybody may read about a certificate."""
    return f"核对无误：{_facts(session, attendance)}。编号 {show_certificate(attendance.certificate)}。"


def my_certificates(pairs: Iterable[tuple[TrainingSession, Attendance]]) -> str:
    """Return a member's certificates."""
    lines = [
        f"{number}. {session.local_start:%Y-%m-%d}《{session.title}》{show_certificate(one.certificate)}"
        for number, (session, one) in enumerate(pairs, 1)
    ]
    return "\n".join(["您的参加证明，任何人发「证书 编号」都能核对：", *lines])


def _facts(session: TrainingSession, attendance: Attendance) -> str:
    host = f"，主讲 {session.host}" if session.host else ""
    return f"{attendance.name} 于 {session.local_start:%Y-%m-%d} 参加了《{session.title}》{host}"


def history(rows: Sequence[tuple[TrainingSession, Attendance | None]], most: int) -> str:
    """Return a member's attendance, newest first; None stands for an absence."""
    came = [one for _, one in rows if one is not None]
    late = sum(one.is_late for one in came)
    counts = [f"到场 {len(came)} 次", *([f"其中迟到 {late} 次"] if late else []), f"缺席 {len(rows) - len(came)} 次"]
    lines = [_history_line(session, one) for session, one in rows[:most]]
    more = [f"更早的还有 {len(rows) - most} 次。"] if len(rows) > most else []
    return "\n".join(["，".join(counts) + "。", *lines, *more])


def _history_line(session: TrainingSession, one: Attendance | None) -> str:
    word = Presence.ABSENT if one is None else Presence.LATE if one.is_late else Presence.CAME
    number = f"，证书 {show_certificate(one.certificate)}" if one is not None and one.certificate else ""
    return f"{session.local_start:%m-%d}《{session.title}》{word}{number}"
