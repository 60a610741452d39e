"""Reads what all members bought and were given, member by member: the core's rows, without the core's objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from bot.plugin import Database, Fact, FactKind, Order
from bot.plugins.membership.model import NAME

_Row = tuple[Any, ...]
_PAGE = 2000  # rows: with more of them the processor waits for its memory
_NOTHING: Sequence[_Row] = ()
_owner_of = itemgetter(0)
_OF_ORDERS = (
    "select o.member_id as owner, o.number, o.amount_fen as asked_fen, o.data as order_data, f.key, f.kind, f.at,"
    " f.provider, f.amount_fen, f.data from orders o"
    " join payment_facts f on f.community = o.community and f.order_number = o.number"
    " where o.community = :community and o.kind || '' = 'membership' and o.member_id > :after"
    " order by o.member_id, o.number limit :limit"  # `|| ''`: the index that leads with the member keeps the order
)
_OF_MEMBERS = (
    "select f.member_id as owner, f.order_number as number, f.key, f.kind, f.at, f.provider, f.amount_fen, f.data"
    " from payment_facts f where f.community = :community and f.member_id > :after and f.kind <> 'bound'"
    " order by f.member_id, f.at limit :limit"
)


@dataclass(slots=True)
class Record:
    """What is known of one member.

    Attributes:
        member_id: who.
        bought: facts about their orders of this plugin: owner, number, what was asked in fen, the order's data, key,
            kind, at, provider, amount in fen, data.
        given: facts about themselves: owner, number, key, kind, at, provider, amount in fen, data.
    """

    member_id: str
    bought: Sequence[_Row]
    given: Sequence[_Row]

    def orders(self) -> list[Order]:
        """Return the orders as far as a state is computed from them."""
        found = {number: (asked_fen, data, at) for _, number, asked_fen, data, _, _, at, *_ in self.bought}
        return [
            Order(
                number=number, kind=NAME, item="", title="", member_id=self.member_id, amount_fen=asked_fen,
                made_at=datetime.fromisoformat(at), data=json.loads(data),
            )
            for number, (asked_fen, data, at) in found.items()
        ]  # fmt: skip

    def facts(self) -> list[Fact]:
        """Return the facts."""
        of_orders = [_to_fact("", number, *of_fact) for _, number, _, _, *of_fact in self.bought]
        return of_orders + [_to_fact(*row) for row in self.given]


def read_everyone(db: Database) -> Iterator[Record]:
    """Yield what is known of each member who has an order of this plugin or was given something, members sorted.

    A payment that was claimed for another order than it was reported for makes its members' records unlike these
    rows: they are yielded by `claimed_members` and are to be read one by one.
    """
    given = _by_member(db, _OF_MEMBERS)
    ahead = next(given, None)
    for member_id, bought in _by_member(db, _OF_ORDERS):
        while ahead is not None and ahead[0] < member_id:
            yield Record(ahead[0], _NOTHING, ahead[1])
            ahead = next(given, None)
        if ahead is None or ahead[0] > member_id:
            yield Record(member_id, bought, _NOTHING)
        else:
            yield Record(member_id, bought, ahead[1])
            ahead = next(given, None)
    while ahead is not None:
        yield Record(ahead[0], _NOTHING, ahead[1])
        ahead = next(given, None)


def claimed_members(db: Database) -> set[str]:
    """Return the members one of whose payments was claimed, with those whose order it was claimed for."""
    rows = db.query(  # `cross join`: the few claims first, whatever the planner takes them for
        "select o.member_id from payment_claims c cross join orders o on o.community = c.community"
        " and o.number = c.order_number where c.community = :community"
        " union select o.member_id from payment_claims c cross join payment_facts f on f.community = c.community"
        " and f.key = c.fact_key cross join orders o on o.community = f.community and o.number = f.order_number"
        " where c.community = :community"
    )
    return {row["member_id"] for row in rows if row["member_id"]}


def _by_member(db: Database, sql: str) -> Iterator[tuple[str, list[_Row]]]:
    """Yield (member, rows); a page ends where the next member begins."""
    after, limit = "", _PAGE
    while rows := db.query_tuples(sql, {"after": after, "limit": limit}):
        cut = rows[-1][0] if len(rows) == limit else None  # whose rows may go on
        if rows[0][0] == cut:  # one member fills the page
            limit *= 2
            continue
        for owner, of_owner in groupby(rows, _owner_of):
            if owner == cut:
                break
            after = owner
            yield owner, list(of_owner)
        if cut is None:
            return


def _to_fact(member_id: str, number: int, *of_fact: Any) -> Fact:  # noqa: ANN401 - as the columns are
    key, kind, at, provider, amount_fen, data = of_fact
    return Fact(
        key=key, kind=FactKind(kind), at=datetime.fromisoformat(at), provider=provider, order_number=number,
        member_id=member_id, amount_fen=amount_fen, data=json.loads(data),
    )  # fmt: skip
