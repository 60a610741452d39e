"""What members and owners read about orders, payments and refunds."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.plugin import Fact, Order, OrderState, Reviewed, format_fen, format_moment, format_price

STATES = {
    OrderState.OPEN: "等付款",
    OrderState.PAID: "已付款",
    OrderState.CLOSED: "已关闭",
    OrderState.REFUND_DUE: "等退款",
    OrderState.REFUNDED: "已退款",
}
_WHY = {
    "unknown_order": "不知道是哪一单的",
    "wrong_amount": "金额不对",
    "second_payment": "这一单已经付过了",
    "refund_without_payment": "退出去了，但没有对应的付款",
}
_PROVIDERS = {"owner": "转账", "wechat_pay": "微信支付", "afdian": "爱发电"}
NO_ORDERS = "没有订单。"
NOTHING_TO_PAY = "您没有等付款的订单，发送「订单」看看。"
NOTHING_PAID = "您没有付过款的订单，发送「订单」看看。"
CHOOSE_WISH = "想退哪一单？回复数字："
NO_REVIEWS = "没有对不上的钱。"
SEEN_TRANSFER = "看到您的转账了。到账要群主确认，确认后我会通知您。"


def money(order: Order) -> str:
    """Return what an order is and costs: 「月卡 99 元」, 「《FastAPI 入门实战》99 元」."""
    return format_price(order.title, order.amount_fen)


def line(order: Order, *, with_name: bool) -> str:
    """Return an order as one line of a list."""
    name = f"{order.name or '（已删除资料）'} " if with_name else ""
    state = STATES[order.state]
    if order.state is OrderState.PAID and order.refunded_fen:
        state = f"已付款，退过 {format_fen(order.refunded_fen)}"
    return f"D{order.number} {name}{money(order)}，{state}"


def next_for_payer(order: Order) -> str:
    """Return what the payer of an order may do next, or what comes by itself."""
    name = f"D{order.number}"
    return {
        OrderState.OPEN: f"怎么付发「付款 {name}」，付好了发「已付 {name}」。",
        OrderState.PAID: f"要收据发「收据 {name}」，想退款发「退款 {name}」。",
        OrderState.CLOSED: "这一单不用付了，还想要的话重新下单就行。",
        OrderState.REFUND_DUE: "钱会退给您，退好后我会通知您。",
        OrderState.REFUNDED: "钱已经退给您了。",
    }[order.state]


def next_for_owner(order: Order, *, is_automatic: bool) -> str:
    """Return what the owner may do about an order; empty when there is nothing."""
    name = f"D{order.number}"
    if order.state is OrderState.REFUND_DUE and is_automatic:
        return "正在原路退回，到账后我会告诉您。"
    return {
        OrderState.OPEN: f"收到钱了发「确认收款 {name}」。",
        OrderState.PAID: f"要退钱给对方发「退款 {name}」。",
        OrderState.REFUND_DUE: f"退好后发「退款 {name}」。",
    }.get(order.state, "")


def more(count: int) -> str:
    """Return the last line of a list that was cut."""
    return f"……还有 {count} 笔"


def no_order(number: int) -> str:
    """Return what is read by who names an order that is not there."""
    return f"没有订单 D{number}，发送「订单」看看有哪些。"


def several(orders: Sequence[Order]) -> str:
    """Return what is read when a member has several that could be meant."""
    return f"这位成员有 {len(orders)} 笔：{'、'.join(f'D{one.number}' for one in orders)}，请写订单号。"


NO_SUCH = "这位成员没有这样的订单，发送「订单」看看有哪些。"


def confirmed(order: Order) -> str:
    """Return what the owner reads after confirming a payment."""
    return f"已确认 D{order.number}：{order.name or '已删除资料的成员'} {format_fen(order.amount_fen)}，{order.title}。"


def is_confirmed(number: int) -> str:
    """Return what the owner reads who confirms a second time."""
    return f"D{number} 已经确认过收款了。"


def is_refunding(number: int) -> str:
    """Return what the owner reads who confirms what is to be given back."""
    return f"D{number} 是要退款的订单，退好后发「退款 D{number}」。"


def ask_to_refund(order: Order, amount_fen: int, *, is_automatic: bool) -> str:
    """Return the question before money is given back for something that is still in use."""
    who = f"{order.name} " if order.name else "这位成员"
    whole = amount_fen == order.paid_fen
    effect = "退款会收回" if whole else "只退一部分，不会收回"
    if is_automatic:
        return (
            f"{who}的 D{order.number} {order.title}还有效，{effect}。要把 {format_fen(amount_fen)}原路退回吗？回复 是"
        )
    return (
        f"{who}的 D{order.number} {order.title}还有效，{effect}。确定 {format_fen(amount_fen)}已经退给对方了吗？回复 是"
    )


def ask_if_given_back(order: Order, amount_fen: int, title: str) -> str:
    """Return the question to the owner about a refund that the provider does not do."""
    who = order.name or "对方"
    return (
        f"{title}没有退成 D{order.number} 的 {format_fen(amount_fen)}，我还在接着试。"
        f"您已经用别的方式退给 {who} 了吗？退好了回复 是，我就不再试了。"
    )


def ask_to_wish(order: Order) -> str:
    """Return the question before the owner is told that somebody wants their money back."""
    return f"要请群主退 D{order.number} {format_price(order.title, order.paid_fen)}吗？回复 是"


def wished(order: Order) -> str:
    """Return what the payer reads once the owner knows."""
    return f"已经告诉群主您想退 D{order.number}，退好后我会通知您。"


def owner_wish(order: Order) -> str:
    """Return what the owner reads when somebody wants their money back."""
    return (
        f"{order.name} 想退 D{order.number}：{format_price(order.title, order.paid_fen)}。"
        f"同意就发「退款 D{order.number}」，不同意请私聊告诉对方。"
    )


def nothing_to_give_back(order: Order) -> str:
    """Return what the payer reads who wants money back that was never paid, or is on its way."""
    return {
        OrderState.REFUND_DUE: f"D{order.number} 正在退款，退好后我会通知您。",
        OrderState.REFUNDED: f"D{order.number} 已经退过款了。",
        OrderState.OPEN: f"D{order.number} 还没有付款，不用退，不想要了不付就行。",
    }.get(order.state, f"D{order.number} 没有付过款，不用退。")


def refund_noted(order: Order, amount_fen: int) -> str:
    """Return what the owner reads after giving money back by hand."""
    if not order.name:
        return f"已记下：D{order.number} 退给 已删除资料的成员 {format_fen(amount_fen)}。"
    return f"已记下：D{order.number} 退给 {order.name} {format_fen(amount_fen)}，已通知对方。"


def refund_asked(order: Order, amount_fen: int, title: str) -> str:
    """Return what the owner reads after a refund was asked of a provider."""
    return f"D{order.number} 的 {format_fen(amount_fen)}已经提交{title}退回，到账后我会告诉您和对方。"


def is_refunded(number: int) -> str:
    """Return what the owner reads who gives back a second time."""
    return f"D{number} 已经退过款了。"


def under_way(number: int) -> str:
    """Return what the owner reads while a provider gives money back."""
    return f"D{number} 正在退款，到账后我会告诉您。"


def not_paid(number: int) -> str:
    """Return what the owner reads who gives back what was never paid."""
    return f"D{number} 还没有收款，不用退。收到了先发「确认收款 D{number}」。"


def too_much(order: Order) -> str:
    """Return what the owner reads who would give back more than is left."""
    return f"D{order.number} 只剩 {format_fen(order.paid_fen)}可以退，请重新写金额。"


def paid_to_owner(order: Order, title: str) -> str:
    """Return what the owner reads of money that came by itself."""
    return f"{order.name or '有人'} 付了 {format_fen(order.amount_fen)}（{title}）：D{order.number} {order.title}。"


def refunded_to_owner(order: Order, amount_fen: int, title: str) -> str:
    """Return what the owner reads of money that went back by itself."""
    return f"D{order.number} 的 {format_fen(amount_fen)}已经由{title}退给 {order.name or '付款的人'}。"


def cannot_begin(number: int, again: str) -> str:
    """Return what the buyer reads while nobody can say how a new order is paid."""
    return f"收款现在连不上，订单 D{number} 给您留着，过几分钟再发一次「{again}」。"


def try_later(order: Order) -> str:
    """Return what the payer reads while a provider cannot be reached."""
    return f"付款方式暂时打不开，过几分钟发「付款 D{order.number}」再试。"


def not_open(order: Order) -> str:
    """Return what the payer reads who wants to pay what waits for no money."""
    return f"D{order.number} {order.title}{STATES[order.state]}，不用付。"


def choose_for(word: str) -> str:
    """Return the head of the list that the owner chooses from."""
    return f"{word}哪一单？回复数字："


def nothing_for(word: str) -> str:
    """Return what the owner reads when there is nothing to choose from."""
    what = "等付款" if word == "确认收款" else "等退款"
    return f"没有{what}的订单。别的订单请写编号，比如「{word} D12」。"


def choose_payment() -> str:
    """Return the head of the list of orders that wait for money."""
    return "要付哪一单？回复数字："


def owner_hint(order: Order) -> str:
    """Return what the owner reads when somebody says that they have paid."""
    return f"{order.name} 说已经付了 D{order.number}：{money(order)}。看看账户，收到了发「确认收款 D{order.number}」。"


def owner_transfer(name: str, orders: Sequence[Order]) -> str:
    """Return what the owner reads when somebody sent the bot a transfer."""
    lines = [f"D{one.number} {money(one)}，收到了发「确认收款 D{one.number}」" for one in orders]
    return "\n".join([f"{name} 在私聊里发来一笔转账，看起来是付这个：", *lines])


def told_owner(order: Order) -> str:
    """Return what the payer reads who says that they have paid."""
    return f"已经告诉群主 D{order.number} 付好了，群主确认到账后我会通知您。"


def looking(order: Order) -> str:
    """Return what the payer reads whose payment the provider is asked about."""
    return f"正在核对 D{order.number}，到账后我会通知您。"


def in_review(fact: Fact, review: Reviewed, number: int, zone: ZoneInfo) -> str:
    """Return money in review as one line."""
    order = f"D{number} " if number else ""
    way = _PROVIDERS.get(fact.provider, fact.provider)
    when = format_moment(fact.at.astimezone(zone))
    return f"{order}{format_fen(review.amount_fen)}，{way}，{when}，{_WHY.get(review.why, review.why)}"


def new_review(text: str) -> str:
    """Return what the owner reads of money that fits nothing."""
    return f"有一笔对不上的钱：{text}。发「待核对」处理。"


def claimed(order: Order) -> str:
    """Return what the owner reads after saying what a payment was for."""
    if order.state is OrderState.OPEN:
        return f"记在 D{order.number} 上了，但金额不对，还在「待核对」里。"
    return f"已经算作 D{order.number} 的付款：{order.name} {money(order)}。"


ASK_REFUNDED = "确定已经把 {amount} 退给付款的人了吗？回复 是"
GIVE_BACK_THERE = "这一笔请在{way}的商户后台退回。退好以后，核对账单时我会自动记下，也可以不管它。"
REVIEW_GONE = "这一笔已经处理过了，发「待核对」看看还有哪些。"
NOTED_BACK = "已记下：{amount} 退回去了。"
