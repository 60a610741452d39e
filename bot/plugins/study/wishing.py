"""想听, 不想听, 想听榜: what members want to hear about, joined where it is the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.plugin import CHAT, Context, Database, Reply, Room, UserError, fold, members_of
from bot.plugins.study import texts
from bot.plugins.study.comparing import compare
from bot.plugins.study.meeting import find_scheduled
from bot.plugins.study.model import Wish
from bot.plugins.study.place import find_place, is_surely_meant, rooms_to_see
from bot.plugins.study.settings import StudySettings
from bot.plugins.study.wish_rules import LONGEST, are_same, clean_topic, has_link, is_topic
from bot.plugins.study.wishes_store import add_wish, add_wisher, open_wishes, remove_wisher

_LISTED, _LISTED_OF_MANY = 10, 5


async def wish(ctx: Context[StudySettings], typed: str) -> Reply | str:
    """Note a wish, or join the one that is the same.

    Raises:
        UserError: it is no topic, or there are too many.
    """
    place = _place_of(typed)
    if not place and not is_surely_meant(ctx) and not is_topic(typed):
        return CHAT
    room = await find_place(ctx)
    wishes: list[Wish] = await ctx.read(wishes_here, room)
    named = _at_place(place, wishes) if place else None
    if named is None:
        _refuse_unusable(typed)
    topic = named.topic if named else clean_topic(typed)
    if named is None and (scheduled := await find_scheduled(ctx, room, topic)):
        return scheduled
    known = named or await _find_same(ctx, topic, wishes)
    outcome: dict[str, Any] = await ctx.db(_wish, ctx, room, topic, known.id if known else "")
    if outcome["is_new"]:
        return texts.wished_text(outcome["topic"], outcome["count"] - 1)
    return texts.wished_before_text(outcome["topic"], outcome["count"])


async def unwish(ctx: Context[StudySettings], typed: str) -> Reply | str:
    """Take a wish back: by its place in the list, by its topic, or of the only one.

    Raises:
        UserError: the talker never had it.
    """
    is_meant = is_surely_meant(ctx) or bool(_place_of(typed))
    if not is_meant and typed and not is_topic(typed):
        return CHAT
    room = await find_place(ctx)
    wishes: list[Wish] = await ctx.read(wishes_here, room)
    own = [one for one in wishes if ctx.talker.id in one.wishers]
    if not own:
        if is_meant:
            raise UserError(texts.NOTHING_WISHED)
        return CHAT
    if not typed and len(own) > 1:
        return Reply(text="去掉哪一个？请回复数字：", choices=texts.own_choices(own))
    named = await _name_own(ctx, typed, wishes, own)
    if named is None or ctx.talker.id not in named.wishers:
        raise UserError(texts.NOT_WISHED)
    await ctx.db(remove_wisher, named.id, ctx.talker.id)
    return texts.unwished_text([named.topic])


async def _name_own(ctx: Context[Any], typed: str, wishes: Sequence[Wish], own: Sequence[Wish]) -> Wish | None:
    if not typed:
        return own[0]
    place = _place_of(typed)
    return _at_place(place, wishes) if place else await _find_same(ctx, clean_topic(typed), own)


async def list_wishes(ctx: Context[StudySettings]) -> Reply | str:
    """Return what is wished here; in private, in the talker's rooms."""
    rooms = [ctx.room] if ctx.room else await rooms_to_see(ctx)
    found = [(room, await ctx.read(wishes_here, room)) for room in rooms]
    filled = [(room, wishes) for room, wishes in found if wishes]
    if not filled:
        return texts.NO_WISHES
    if len(rooms) > 1:
        return texts.rooms_text([(room.topic, wishes[:_LISTED_OF_MANY]) for room, wishes in filled])
    wishes = filled[0][1]
    shown = wishes[:_LISTED]
    return Reply(text=texts.list_head(len(wishes), len(shown)), choices=texts.wish_choices(shown))


def wishes_here(db: Database, room: Room) -> list[Wish]:
    """Return a room's wishes, the most wished first; those who left do not count."""
    here = {member.id for member in members_of(db, room.id)}
    present = [
        replace(one, wishers=tuple(who for who in one.wishers if who in here)) for one in open_wishes(db, room.id)
    ]
    return sorted((one for one in present if one.wishers), key=lambda one: -len(one.wishers))


def _refuse_unusable(typed: str) -> None:
    if not any(character.isalpha() for character in typed):
        raise UserError(texts.HOW_TO_WISH)
    if has_link(typed):
        raise UserError(texts.NO_LINK)
    if len(typed) > LONGEST:
        raise UserError(texts.TOO_LONG.format(most=LONGEST))


def _place_of(typed: str) -> int:
    """Return the place in the list that is meant; 0 when it is no number."""
    digits = typed.strip().removeprefix("#")
    return int(digits) if digits.isdecimal() and len(digits) < 4 else 0  # noqa: PLR2004 - no list is that long


def _at_place(place: int, wishes: Sequence[Wish]) -> Wish:
    if not 0 < place <= len(wishes):
        raise UserError(texts.NO_SUCH_PLACE.format(place=place))
    return wishes[place - 1]


async def _find_same(ctx: Context[Any], topic: str, wishes: Sequence[Wish]) -> Wish | None:
    if exact := next((one for one in wishes if fold(one.topic) == fold(topic)), None):
        return exact
    cosine, needed = await compare(ctx, topic, [one.topic for one in wishes])
    return next((one for at, one in enumerate(wishes) if are_same(one.topic, topic, cosine(at), needed)), None)


def _wish(db: Database, ctx: Context[StudySettings], room: Room, topic: str, wish_id: str) -> dict[str, Any]:
    wishes = {one.id: one for one in wishes_here(db, room)}
    own = [one for one in wishes.values() if ctx.talker.id in one.wishers]
    known = wishes.get(wish_id)
    if not (known and ctx.talker.id in known.wishers) and len(own) >= ctx.config.most_wishes:
        raise UserError(texts.TOO_MANY.format(most=ctx.config.most_wishes))
    wish_id = known.id if known else add_wish(db, room.id, topic, ctx.now)
    is_new = add_wisher(db, wish_id, ctx.talker.id, ctx.now)
    count = (len(known.wishers) if known else 0) + int(is_new)
    return {"topic": known.topic if known else topic, "count": count, "is_new": is_new}
