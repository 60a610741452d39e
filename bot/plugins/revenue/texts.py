"""What the owner reads about revenue."""

from __future__ import annotations

from collections.abc import Sequence

from bot.plugin import format_fen
from bot.plugins.revenue.model import Demand, Fit, Fits, Outlook, Point, Result
from bot.plugins.revenue.rules import (
    ASSUMED_A,
    LEAST_SESSIONS,
    assumed,
    expect,
    model_revenue,
    participation,
    to_point,
    to_points,
)

NOTHING = "还没有场次。课表里有了收费场次，这里就能看到收入。"
NOT_A_SCOPE = "看收入可以发：收入 本月、收入 上月、收入 全部、收入 场次编号，或者「收入 若 129」估算改价。"
WHAT_IF = "想估算改价，发「收入 若 129」（129 是新票价，单位元）。"
_MOST_LISTED = 12


def series(title: str) -> str:
    """Return how the sums of a series are headed."""
    return f"《{title}》系列"


def nothing_in(scope: str) -> str:
    """Return what is said when nothing took place and nothing was paid in a span of time."""
    return f"{scope}还没有上过课，也没有收款。看所有的发「收入 全部」。"


def not_found(typed: str) -> str:
    """Return what is said to a session nobody knows."""
    return f"没有找到场次「{typed}」。{NOT_A_SCOPE}"


def line(result: Result) -> str:
    """Return a session in one line of a list."""
    session, share = result.session, participation(result.came, result.members)
    facts = [f"报名 {result.registered}", *([f"到场 {result.came}"] if result.came else [])]
    facts += [f"P {share:.2f}"] if share is not None else []
    facts += [f"待退 {format_fen(result.refund_due_fen)}"] if result.refund_due_fen else []
    facts += ["已取消"] if session.is_cancelled else []
    money = f"实收 {format_fen(result.paid_fen)}" if session.price_fen or result.paid_fen else "免费"
    return f"{session.local_start:%m-%d}《{session.title}》{money}，{'，'.join(facts)}"


def head(scope: str, results: Sequence[Result]) -> str:
    """Return the sum over several sessions."""
    paid, due = sum(one.paid_fen for one in results), sum(one.refund_due_fen for one in results)
    owed = f"，待退 {format_fen(due)}" if due else ""
    return f"{scope}收入：{len(results)} 场，实收 {format_fen(paid)}{owed}。"


def listed(results: Sequence[Result]) -> Sequence[Result]:
    """Return those that a list shows: the latest."""
    return results[-_MOST_LISTED:]


def more(results: Sequence[Result]) -> list[str]:
    """Return a line on what the list leaves out."""
    left = len(results) - _MOST_LISTED
    return [f"下面是最近 {_MOST_LISTED} 场，还有 {left} 场更早的。"] if left > 0 else []


def model_of(results: Sequence[Result], fits: Fits | None, usable: int) -> list[str]:
    """Return what the model says of some sessions beside what they brought in.

    Args:
        results: the sessions.
        fits: from all sessions of the room; None when there are too few.
        usable: how many of the room's sessions the model can use.
    """
    points = to_points(results)
    if not points:
        return ["有签到、已结束的收费场次才能对照模型，这里还没有。"]
    fit = fits.used if fits else assumed()
    expected = sum(expect(point, fit) for point in points)
    real = sum(one.paid_fen for one in results if to_point(one) is not None)
    a = fits.power.a if fits else ASSUMED_A
    per_member = model_revenue([p.price for p in points], [p.participation for p in points], a)
    return [
        f"对照（{len(points)} 场）：模型 {_yuan(expected)}，实收 {format_fen(real)}。",
        f"R＝ΣC·P^(a+1)＝{per_member:.2f} 元（按每位群友算，a＝{a:.2f}），乘群人数就是一场的收入。",
        *explain(fits, usable),
    ]


def explain(fits: Fits | None, usable: int) -> list[str]:
    """Return where `a` is from, and how far it can be trusted."""
    symbols = "C 票价；P 参与度＝到场÷群人数；成功度 Q＝实收÷（C×到场），模型认为 Q＝P^a。"
    if fits is None:
        have = f"可用的场次 {usable} 场，满 {LEAST_SESSIONS} 场就用自己的来估"
        return [symbols, f"a＝{ASSUMED_A} 是资料里举例的假设，不是本群的数据：{have}。"]
    power = f"本群 {fits.power.sessions} 场估出 {_parameters(fits.power)}。"
    return [symbols, power, f"另一种 k·P^a：{_parameters(fits.scaled)}。", which_used(fits)]


def _parameters(fit: Fit) -> str:
    k = f"k＝{fit.k:.2f}{_interval(fit.k_interval)}，" if fit.k_interval else ""
    return f"{k}a＝{fit.a:.2f}{_interval(fit.a_interval)}，R²＝{_r2(fit.r2)}"


def which_used(fits: Fits) -> str:
    """Return which curve the numbers are from, and why."""
    unseen = _r2(fits.used.r2_unseen)
    if fits.used is fits.mean:
        why = "R² 为负" if (fits.power.r2 or 0) < 0 else "每场都由其余场次来猜，还不如直接用平均值"
        return f"{why}，P 说明不了 Q，所以模型用的是平均成功度 Q＝{fits.mean.k:.2f}。"
    name = "P^a" if fits.used is fits.power else "k·P^a"
    return f"模型用的是 {name}：每场都由其余场次来猜，R²＝{unseen}，比直接用平均值准。"


def details(result: Result, fits: Fits | None, usable: int) -> str:
    """Return one session with formula and inputs."""
    session, point = result.session, to_point(result)
    lines = [f"《{session.title}》{session.local_start:%Y-%m-%d %H:%M}", _money(result)]
    if not point:
        return "\n".join([*lines, _why_no_model(result)])
    fit = fits.used if fits else assumed()
    share = f"P＝{result.came}÷{result.members}＝{point.participation:.3f}"
    worth = f"Q＝{result.paid_fen / 100:g}÷（{point.price:g}×{result.came}）＝{point.success:.2f}"
    lines += [
        f"{share}，C＝{_yuan(point.price)}，{worth}",
        f"模型：{_formula(fit)}＝{_inserted(point, fit)}＝{_yuan(expect(point, fit))}",
        f"实收：{format_fen(result.paid_fen)}",
        *explain(fits, usable),
    ]
    return "\n".join(lines)


def _money(result: Result) -> str:
    price = f"票价 {format_fen(result.session.price_fen)}，" if result.session.price_fen else "免费，"
    owed = f"，待退 {format_fen(result.refund_due_fen)}" if result.refund_due_fen else ""
    there = f"，到场 {result.came}" if result.came else ""
    paid = f"付款 {result.payers} 位，实收 {format_fen(result.paid_fen)}"
    return f"{price}报名 {result.registered}{there}，{paid}{owed}。"


def _why_no_model(result: Result) -> str:
    if result.session.is_cancelled:
        return "这场取消了，不参与模型。"
    if not result.session.price_fen:
        return "免费场次没有票价 C，不参与模型。"
    return "结束并且有人签到以后，才算得出参与度 P，才能对照模型。"


def _formula(fit: Fit) -> str:
    k = "" if fit.k == 1 else "k·"
    return f"群人数·C·P·{k}P^a" if fit.a else "群人数·C·P·平均 Q"


def _inserted(point: Point, fit: Fit) -> str:
    k = "" if fit.k == 1 else f"{fit.k:.2f}×"
    tail = f"{k}{point.participation:.3f}^{fit.a:.2f}" if fit.a else f"{fit.k:.2f}"
    return f"{point.members}×{point.price:g}×{point.participation:.3f}×{tail}"


def too_little(lacks: Sequence[str]) -> str:
    """Return why nothing is said about prices."""
    return "数据还不够，不估价格，免得误导您。还差：" + "；".join(lacks) + "。"


def beyond(price: float, low: float, high: float) -> str:
    """Return why nothing is said about one price."""
    return f"{price:g} 元离试过的票价太远，估不准。可以问 {low:.0f} 元到 {high:.0f} 元之间的。"


def what_if(now: Outlook, then: Outlook, demand: Demand, members: int) -> str:
    """Return what another price is likely to do."""
    low, high = then.participation_range
    least, most = then.revenue_range
    lines = [
        f"如果票价从 {now.price:g} 元改成 {then.price:g} 元（群里 {members} 人）：",
        f"参与度 P：{now.participation:.2f} → {then.participation:.2f}（单场 95 % 在 {low:.2f} 到 {high:.2f}）",
        f"每场收入：约 {_round(now.revenue)} → 约 {_round(then.revenue)}（{_round(least)}到 {_round(most)}）",
        f"依据：本群 {demand.sessions} 场，ln P＝{demand.level:.2f}{demand.slope:+.4f}·C，R²＝{demand.r2:.2f}。",
    ]
    if demand.slope_interval[0] <= 0 <= demand.slope_interval[1]:
        lines.append("票价和参与度还看不出明显关系，上面的变化可能只是偶然，别只凭它改价。")
    return "\n".join(lines)


def advice(now: Outlook, best: Outlook, demand: Demand) -> str:
    """Return which price brings in most, when the data tells."""
    if demand.slope_interval[1] >= 0:
        return "票价和参与度还看不出明显关系，不给定价建议。"
    if abs(best.price - now.price) < 1:
        return f"按这些场次，现在的 {now.price:g} 元已经接近收入最多的票价。"
    return (
        f"按这些场次，试过的范围里 {best.price:g} 元左右收入最多，约 {_round(best.revenue)}一场。只是估计，请小步试。"
    )


def _interval(interval: tuple[float, float] | None) -> str:
    return f"（95 % 区间 {interval[0]:.2f} 到 {interval[1]:.2f}）" if interval else ""


def _r2(value: float | None) -> str:
    return "算不出（各场一样）" if value is None else f"{value:.2f}"


def _yuan(value: float) -> str:
    return format_fen(round(value * 100))


def _round(value: float) -> str:
    return f"{value:.0f} 元"


def choice(result: Result) -> tuple[str, str]:
    """Return a session as a line and the command that shows it."""
    return line(result), f"收入 {result.session.id}"
