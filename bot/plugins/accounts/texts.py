"""What the owner reads of the books, and payers of their receipts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from bot.plugin import Difference, Order, format_fen, format_price
from bot.plugins.accounts.model import Business, Rate, Statement

WAYS = {
    "owner": "转账给群主", "wechat_pay": "微信支付", "afdian": "爱发电", "code": "兑换码", "gift": "赠送",
}  # fmt: skip
_MOST_LISTED = 8

EMPTY = "账本还是空的。第一笔收款确认以后，这里就有数字。"
NO_RECEIPTS = "您还没有付过款的订单。付款确认以后，发「收据」就能拿到。"
WHICH_RECEIPT = "要哪一笔的收据？回复数字："
NOT_PAID = "D{number} 还没有确认收款，确认以后才有收据。"
NOT_YOURS = "没有您的订单 D{number}。发「收据」看看您有哪些。"
VERIFIER = (
    "这是核对收据的小程序，只有一个文件，不连网，也不用经过我。装好 Python 和 cryptography 以后运行：\n"
    "python -I verify_receipt.py {key} 收据文件\n"
    "公钥：{key}"
)
NO_PROOF = "D{number} 的收据现在开不出来：账本没有通过检查，已经请群主处理。"
NOT_SIGNED = "账本没有通过检查，现在不能签指纹。"
RECEIPT_USAGE = "发「收据」看您有哪些，「收据 D12」拿一份，「收据 校验工具」自己核对，「收据 指纹」拿账本现在的指纹。"
NO_FILES = "当前通道发不了私聊文件，请联系群主。"
NOTHING_TO_EXPORT = "{title}：没有流水，不用导出。"
BUSINESS_USAGE = "可以发：经营、经营 上月、经营 2026-11、经营 今年。"
NO_PROVIDERS = "现在收款都是转账给群主，没有平台账单可对。每笔都以您的「确认收款」为准。"
NO_SUCH_DAY = "只能对昨天和更早的账，账单第二天上午才出。例如：对账 昨天"
NO_BILL = "{day} 的账单没有拿到：{why}。稍后再发一次「对账 {day}」。"
TOO_LONG = "账本很长，在聊天里一时校验不完。请在服务器上运行：python -m bot ledger check"
NOT_UNDERSTOOD = "没看懂「{typed}」。可以发：账本、账本 2026-11、账本 导出、账本 校验。"
UNSIGNED = "账本没有通过检查，今天没有签指纹：{why}。请发「账本 校验」看是哪一条。"


def statement_lines(title: str, found: Statement) -> list[str]:
    """Return one period: what came and went, for what, and how it was paid."""
    if not found.payments and not found.refunds:
        return [f"{title}：没有收支。"]
    fees = sum(found.fees.values())
    parts = [f"收 {format_fen(found.received_fen)}（{found.payments} 笔）"] if found.payments else []
    parts += [f"退 {format_fen(found.returned_fen)}（{found.refunds} 笔）"] if found.refunds else []
    parts += [f"手续费 {format_fen(fees)}"] if fees else []
    if found.refunds or fees:
        parts.append(f"净收 {format_fen(found.received_fen - found.returned_fen - fees)}")
    return [f"{title}：{'，'.join(parts)}。"]


def details(found: Statement) -> list[str]:
    """Return what a period's money was for and how it came; nothing when there was none."""
    sold = [(found.titles.get(key, "/".join(key)), fen) for key, fen in found.sold.items()]
    ways = [(WAYS.get(key, key), fen - found.returned.get(key, 0)) for key, fen in found.received.items()]
    ways += [(WAYS.get(key, key), -fen) for key, fen in found.returned.items() if key not in found.received]
    lines = [f"按内容：{_listed(sold)}"] if sold else []
    return [*lines, f"按方式：{_listed(ways)}"] if len(ways) > 1 else lines


def _listed(pairs: Sequence[tuple[str, int]]) -> str:
    ordered = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
    shown = [format_price(title, fen) for title, fen in ordered[:_MOST_LISTED]]
    rest = sum(fen for _, fen in ordered[_MOST_LISTED:])
    return "，".join([*shown, *([f"其他 {format_fen(rest)}"] if ordered[_MOST_LISTED:] else [])]) + "。"


def standing(deferred: int, review: int, due: Sequence[Order], coming: int) -> list[str]:
    """Return what is owed now, what waits for the owner, and what was earned and is not booked yet."""
    lines = [f"服务到现在已挣到、月底入账的收入：{format_fen(coming)}。"] if coming > 0 else []
    lines += [f"预收：{format_fen(deferred)}，是收了钱、还没提供完的服务。"] if deferred else []
    lines += [f"待核对：{format_fen(review)}，发「待核对」处理。"] if review else []
    owed = sum(order.paid_fen for order in due)
    return [*lines, *([f"等退款：{format_fen(owed)}（{len(due)} 笔），发「订单」看是哪几笔。"] if due else [])]


def earned(found: Statement) -> list[str]:
    """Return the income that was booked in a period, and of what; nothing when there was none."""
    if not found.earned_fen:
        return []
    of = [(found.titles.get(key, "/".join(key)), fen) for key, fen in found.earned.items()]
    more = f"其中 {_listed(of)}" if len(of) > 1 else ""
    return [f"计入收入：{format_fen(found.earned_fen)}（按服务进度）。{more}"]


def business(title: str, found: Business, titles: Mapping[str, str], grace: str) -> str:
    """Return the owner's numbers of a period."""
    plans = [f"{titles.get(plan, plan)} {count}" for plan, count in found.plans.items()]
    lines = [
        f"经营（{title}）",
        f"付费会员 {found.paying} 位" + (f"：{'，'.join(plans)}" if plans else "") + "。",
        *([f"其中 {found.in_grace} 位到期了，还在宽限期。"] if found.in_grace else []),
        f"新增 {found.new} 位，回来 {found.returned} 位，流失 {found.churned} 位（到期 {grace}没续费算流失）。",
        f"续费率：{_rate(found.renewed, '到期', '续费')}。",
        f"试用转付费：{_rate(found.trials, '试用', '付费')}。",
        f"按现有会员，一个月（31 天）约 {format_fen(found.monthly_fen)}，永久会员不算在内。",
    ]
    return "\n".join(lines)


def _rate(rate: Rate, whole: str, part: str) -> str:
    if rate.percent is None:
        return f"还没有{whole}的"
    return f"{rate.percent} %（{whole} {rate.whole} 位，{part} {rate.part} 位）"


def months(rows: Sequence[tuple[str, int, int]]) -> str:
    """Return what came in and what was earned by month: (month, received less returned, earned)."""
    lines = [f"{month}：净收款 {format_fen(net)}，计入收入 {format_fen(income)}" for month, net, income in rows]
    return "\n".join(["近几个月：", *lines]) if lines else ""


def receipt(order: Order, zone: ZoneInfo) -> str:
    """Return what goes with a receipt."""
    paid = f"{order.paid_at.astimezone(zone):%Y-%m-%d %H:%M}" if order.paid_at else ""
    back = f"，其中退了 {format_fen(order.refunded_fen)}" if order.refunded_fen else ""
    return (
        f"D{order.number} 的收据：{order.title}，{format_fen(order.amount_fen)}，{paid} 付款{back}。\n"
        "文件里有这笔账和它在账本里的证明，谁也改不了。想自己核对，发「收据 校验工具」。"
    )


def receipt_choice(order: Order) -> str:
    """Return one's own order as a line of a list."""
    return f"D{order.number} {format_price(order.title, order.amount_fen)}"


def checkpoint_line(size: int, fingerprint: str) -> str:
    """Return a checkpoint as it is posted in a room."""
    return f"账本第 {size} 条，指纹 {fingerprint}。存着它，以后就能核对账本没有被改过。"


def day_report(day: str, found: Statement, size: int, fingerprint: str) -> str:
    """Return what the owner reads in the morning of a day with money."""
    (line,) = statement_lines(f"昨天 {day}", found)
    return f"{line}账本第 {size} 条，指纹 {fingerprint}。"


def reconciled(day: str, way: str, count: int, taken: int) -> str:
    """Return that a bill and the books agree."""
    more = f"，补记了 {taken} 笔没收到通知的" if taken else ""
    return f"{day} {WAYS.get(way, way)}：账单 {count} 笔，和账本一致，差 0 元{more}。"


def not_reconciled(day: str, way: str, fen: int, differences: Iterable[Difference]) -> str:
    """Return on what a bill and the books do not agree."""
    lines = [_difference(one) for one in differences]
    more = f"\n另外 {len(lines) - _MOST_LISTED} 处。" if len(lines) > _MOST_LISTED else ""
    return f"{day} {WAYS.get(way, way)} 的账单和账本差 {format_fen(fen)}：\n" + "\n".join(lines[:_MOST_LISTED]) + more


def _difference(one: Difference) -> str:
    what = f"D{one.order_number}" if one.order_number else one.key
    if not one.theirs_fen:
        return f"{what}：账本有 {format_fen(one.ours_fen)}，账单没有"
    if not one.ours_fen:
        return f"{what}：账单有 {format_fen(one.theirs_fen)}，账本没有"
    return f"{what}：账本 {format_fen(one.ours_fen)}，账单 {format_fen(one.theirs_fen)}"


def exported(title: str, count: int) -> str:
    """Return what goes with the files of an export."""
    return f"账导出好了（{title}）：{count} 条流水，一份表格（CSV），一份 beancount 账本。"
