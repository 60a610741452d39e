"""A bad day: callbacks get lost and come twice, answers are dropped, strangers forge; every fen is accounted for."""

from __future__ import annotations

import asyncio
import itertools
import random
from pathlib import Path

import pytest

from bot.payments.facts_store import facts_of_order
from bot.payments.model import OrderState
from bot.payments.wechat_pay_stand_in_bill import keep_fee
from tests.payments.wechat_pay_business import DAY, HOME, open_business
from tests.payments.wechat_pay_forgeries import FORGERIES, genuine


@pytest.mark.parametrize(
    ("orders", "forged"),
    [pytest.param(40, 120, marks=pytest.mark.slow), pytest.param(200, 600, marks=pytest.mark.soak)],
)
async def test_a_day_of_lost_callbacks_dropped_answers_and_forgeries(tmp_path: Path, orders: int, forged: int) -> None:
    async with open_business(tmp_path, lost_percent=30, dropped_percent=10, seed=7) as business:
        shop, chance = business.shop, random.Random(7)
        placed = await business.place(orders)
        unpaid, paid = placed[: orders // 10], placed[orders // 10 :]

        tempting = itertools.cycle(unpaid)
        forgeries = itertools.islice(itertools.cycle(FORGERIES.items()), forged)
        lies = [(name, forge(genuine(shop, next(tempting).trade_number))) for name, forge in forgeries]
        asked = len(shop.stand_in.asked)
        answers = await asyncio.gather(*(business.hear(lie) for _, lie in lies))
        assert {name for (name, _), status in zip(lies, answers, strict=True) if status != 401} == set()
        assert len(shop.stand_in.asked) == asked
        assert await business.count(OrderState.OPEN) == orders

        for one in paid:
            shop.stand_in.pay(one.trade_number)
        twice = [one for one in paid if chance.random() < 0.5]
        tellings = [*paid, *twice, *twice]
        chance.shuffle(tellings)

        def telling(number: str):
            return lambda: shop.stand_in.make_payment_callback(number)

        taken = [await shop.stand_in.tell(telling(one.trade_number)) for one in tellings]
        assert 0.5 < sum(taken) / len(taken) < 0.9
        heard = await business.count(OrderState.PAID)
        assert 0 < heard < len(paid)

        await shop.clock.advance(seconds=16)
        await business.desk.poll()
        assert await business.count(OrderState.PAID) == len(paid)
        assert await business.count(OrderState.OPEN) == len(unpaid)
        assert await business.events("OrderPaid") == len(paid)
        assert await business.events("MoneyInReview") == 0
        for one in placed:
            facts = await business.storage.read(HOME, facts_of_order, one.number)
            assert [fact.amount_fen for fact in facts] == [one.amount_fen] * (one in paid)

        [found] = await business.desk.reconcile(DAY)
        assert (found.difference_fen, found.differences, found.taken) == (0, (), ())
        assert found.line_count == len(paid)
        books = await business.books()
        fees, total = sum(keep_fee(one.amount_fen) for one in paid), sum(one.amount_fen for one in paid)
        assert sum(books.values()) == 0
        assert {account: fen for account, fen in books.items() if fen} == {
            "assets:wechat_pay": total - fees,
            "expenses:fees:wechat_pay": fees,
            "liabilities:deferred": -total,
        }
