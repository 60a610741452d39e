"""申诉: a member contests what was done, two reviewers or the deadline decide, and the member is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from bot.plugin import (
    CHAT,
    Choice,
    Context,
    Database,
    Deadline,
    Delivery,
    Member,
    Outgoing,
    Priority,
    Reply,
    Role,
    UserError,
    find_room,
    format_duration,
    last_said,
    read_choice,
)
from bot.plugins.moderation import appeals_store, audit_store, cases_store, fair_texts
from bot.plugins.moderation.appeal_rules import (
    Ballot,
    Outcome,
    Vote,
    needed_votes,
    outcome_of,
    reminder_after,
)
from bot.plugins.moderation.appeals_store import Appeal
from bot.plugins.moderation.model import BOT, AuditEntry, Case, CaseState, Done
from bot.plugins.moderation.reviewers import impartial_of, may_review
from bot.plugins.moderation.rulebook import RULEBOOK
from bot.plugins.moderation.settings import ModerationSettings
from bot.plugins.moderation.strikes_store import strikes_of_case
from bot.plugins.moderation.trusting import trust_less, trust_more
from bot.plugins.moderation.undoing import undo_case

Ctx = Context[ModerationSettings]

DUE, REMINDER = "appeal_due", "appeal_reminder"
"""Names of the two deadlines of an appeal; their key is the case's number."""
BY_TIME: Final = "到期没有人处理，按申诉人说的办"
"""The reason in the log when nobody voted."""
_NUMBER = re.compile(r"(?<![A-Za-z0-9])[Vv](\d{1,9})(?!\d)")
_VOTED = re.compile(r"(同意|通过|驳回)\s*(?:申诉)?\s*[Vv](\d{1,9})[\s，,：:]*(.*)", re.DOTALL)
_VOTES: Final[dict[int | None, Vote]] = {1: Vote.UPHOLD, 2: Vote.DISMISS}
_LISTED = 9
_LONGEST_REASON = 500  # characters that reviewers are shown


async def appeal(ctx: Ctx, number: int | None, reason: str) -> Reply | str:
    """Take an appeal in, or say how one stands; reviewers see what waits.

    Args:
        ctx: the call.
        number: of the case; None when none was typed.
        reason: in the member's words; may be empty.

    Raises:
        UserError: there is no such case of theirs, or it cannot be appealed any more.
    """
    if number is None:
        return await _show_choices(ctx, reason)
    case = await ctx.read(cases_store.get_case, number)
    if case is not None and await ctx.read(may_review, ctx, case):
        return await _show_one(ctx, case)
    _check_own(ctx, case, number)
    assert case is not None
    if made := await ctx.read(appeals_store.get_appeal, number):
        return Reply(text=fair_texts.appeal_state(made, ctx.zone), private=_can_whisper(ctx))
    _check_open(ctx, case)
    if not reason.strip():
        return Reply(text=fair_texts.ask_reason(case), asks=("appeal", {"case": number}), private=_can_whisper(ctx))
    text: str = await ctx.db(_take_in, ctx, number, reason.strip()[:_LONGEST_REASON])
    return Reply(text=text, private=_can_whisper(ctx))


async def vote(ctx: Ctx, number: int | None, choice: Vote, reason: str) -> Reply | str:
    """Take what a reviewer says of an appeal.

    Raises:
        UserError: there is no such appeal, it is not theirs to decide, or a dismissal gives no reason.
    """
    if number is None:
        return await _show_waiting(ctx, choice)
    case = await ctx.read(cases_store.get_case, number)
    made = await ctx.read(appeals_store.get_appeal, number)
    if case is None or made is None:
        raise UserError(fair_texts.NO_SUCH_APPEAL.format(shown=f"V{number}"))
    if made.member_id == ctx.talker.id:
        raise UserError(fair_texts.OWN_APPEAL)
    if not await ctx.read(may_review, ctx, case):
        raise UserError(fair_texts.NOT_A_REVIEWER)
    if made.state is not Outcome.OPEN:
        return Reply(text=fair_texts.appeal_state(made, ctx.zone), private=_can_whisper(ctx))
    if choice is Vote.DISMISS and not reason.strip():
        ask = fair_texts.ask_dismissal(case)
        return Reply(text=ask, asks=("dismissal", {"case": number}), private=_can_whisper(ctx))
    text: str = await ctx.db(_take_vote, ctx, number, choice, reason.strip()[:_LONGEST_REASON])
    RULEBOOK.of(ctx).expire()
    return Reply(text=text, private=_can_whisper(ctx))


async def decide_due(ctx: Ctx, due: Deadline) -> None:
    """Decide an appeal whose time is over."""
    await ctx.db(_decide_by_time, ctx, int(due.key))
    RULEBOOK.of(ctx).expire()


async def remind(ctx: Ctx, due: Deadline) -> None:
    """Remind the reviewers of an appeal who have not voted."""
    await ctx.db(_remind, ctx, int(due.key))


async def answer_reason(ctx: Ctx, data: dict[str, Any]) -> Reply | str:
    """Take the reason that was asked for."""
    return await appeal(ctx, int(data["case"]), ctx.text)


async def answer_dismissal(ctx: Ctx, data: dict[str, Any]) -> Reply | str:
    """Take the reason of a dismissal that was asked for."""
    return await vote(ctx, int(data["case"]), Vote.DISMISS, ctx.text)


async def hear(ctx: Ctx) -> Reply | str | None:
    """Take a vote as people type it in private: 「同意 V1」, or a number when they were last told of an appeal."""
    if ctx.room is not None or ctx.message is None:
        return None
    if found := _VOTED.fullmatch(ctx.text):
        return await vote(ctx, int(found[2]), Vote.DISMISS if found[1] == "驳回" else Vote.UPHOLD, found[3])
    choice = read_choice(ctx.text)
    number = await ctx.read(_asked_about, ctx) if choice in _VOTES else 0
    return await vote(ctx, number, _VOTES[choice], "") if choice in _VOTES and number else None


def _asked_about(db: Database, ctx: Ctx) -> int:
    """Return the number of the case whose appeal the last thing the talker was told is about; 0 for none."""
    latest = last_said(db, ctx.talker.id, "", ctx.now - ctx.config.appeals.decide)
    found = _NUMBER.search(latest.text) if latest is not None and fair_texts.PICK in latest.text else None
    made = appeals_store.get_appeal(db, int(found[1])) if found else None
    return made.case_number if made is not None and made.state is Outcome.OPEN else 0


def is_chat(ctx: Ctx, number: int | None, rest: str) -> bool:
    """Whether the word was said among people: neither to the bot nor alone nor with a number."""
    is_called = ctx.room is None or ctx.text.startswith("/") or bool(ctx.message and ctx.message.mentions_bot)
    return not is_called and number is None and bool(rest)


def _can_whisper(ctx: Ctx) -> bool:
    """Whether answers go to private; where that cannot be done, the room has heard all of it already."""
    return bool(ctx.part("gateway").capabilities.can_send_private)


def quoted_number(ctx: Ctx) -> int | None:
    """Return the case's number in what is quoted; None when none stands there."""
    quote = ctx.message.quote if ctx.message else None
    found = _NUMBER.search(quote.text) if quote else None
    return int(found[1]) if found else None


def _check_own(ctx: Ctx, case: Case | None, number: int) -> None:
    if case is None or case.member_id != ctx.talker.id:
        raise UserError(fair_texts.NO_SUCH_CASE.format(shown=f"V{number}"))


def _check_open(ctx: Ctx, case: Case) -> None:
    if case.state is CaseState.UNDONE:
        raise UserError(fair_texts.UNDONE_ALREADY.format(shown=case.shown))
    if case.state is CaseState.REHEARSED:
        raise UserError(fair_texts.ONLY_REHEARSED.format(shown=case.shown))
    if case.made_at + ctx.config.appeals.within < ctx.now:
        within = format_duration(ctx.config.appeals.within)
        raise UserError(fair_texts.TOO_LATE.format(shown=case.shown, within=within))


async def _show_choices(ctx: Ctx, reason: str) -> Reply | str:
    """Offer a member their latest cases, and a reviewer the appeals that wait."""
    since = ctx.now - ctx.config.appeals.within
    cases = [case for case in await ctx.read(_own_cases, ctx.talker.id) if case.made_at >= since]
    if not cases:
        waiting = await _waiting_for(ctx)
        nothing = fair_texts.NO_OPEN_APPEALS if ctx.role >= Role.ADMIN else fair_texts.NOTHING_TO_APPEAL
        return await _list_waiting(ctx, waiting) if waiting else Reply(text=nothing, private=_can_whisper(ctx))
    if len(cases) == 1:
        return await appeal(ctx, cases[0].number, reason)
    choices = tuple(Choice(fair_texts.appeal_line(case), f"申诉 {case.shown} {reason}".strip()) for case in cases)
    return Reply(text="要申诉哪一条？回复数字：", choices=choices[:_LISTED], private=_can_whisper(ctx))


def _own_cases(db: Database, member_id: str) -> list[Case]:
    found = cases_store.latest_cases(db, member_id=member_id, limit=_LISTED)
    appealed = {one.case_number for one in appeals_store.appeals_of(db, member_id) if one.state is not Outcome.OPEN}
    out = {CaseState.UNDONE, CaseState.REHEARSED}
    return [case for case in found if case.state not in out and case.number not in appealed]


async def _waiting_for(ctx: Ctx) -> list[Case]:
    """Return the cases whose appeals wait for the talker."""
    found = []
    for made in await ctx.read(appeals_store.open_appeals):
        case = await ctx.read(cases_store.get_case, made.case_number)
        if case is not None and await ctx.read(may_review, ctx, case):
            found.append(case)
    return found


async def _show_waiting(ctx: Ctx, choice: Vote) -> Reply | str:
    """Take a vote without a number: clear when one appeal waits, else asked back; chat from anybody else."""
    waiting = await _waiting_for(ctx)
    if len(waiting) == 1:
        return await vote(ctx, waiting[0].number, choice, "")
    if waiting:
        return await _list_waiting(ctx, waiting)
    return CHAT if ctx.room is not None else Reply(text=fair_texts.NO_OPEN_APPEALS, private=_can_whisper(ctx))


async def _list_waiting(ctx: Ctx, waiting: Sequence[Case]) -> Reply:
    if len(waiting) == 1:
        return await _show_one(ctx, waiting[0])
    choices = tuple(Choice(fair_texts.appeal_line(case), f"申诉 {case.shown}") for case in waiting[:_LISTED])
    return Reply(text=f"有 {len(waiting)} 条申诉等处理，回复数字查看：", choices=choices, private=_can_whisper(ctx))


async def _show_one(ctx: Ctx, case: Case) -> Reply:
    made = await ctx.read(appeals_store.get_appeal, case.number)
    if made is None:
        raise UserError(fair_texts.NO_SUCH_APPEAL.format(shown=case.shown))
    room = await ctx.read(find_room, case.room_id) if case.room_id else None
    text = fair_texts.review_text(case, made, room.topic if room else "", ctx.zone)
    if made.state is not Outcome.OPEN:
        return Reply(text=f"{text}\n{fair_texts.appeal_state(made, ctx.zone)}", private=_can_whisper(ctx))
    choices = (Choice("同意，撤销处理", f"同意申诉 {case.shown}"), Choice("驳回，维持处理", f"驳回申诉 {case.shown}"))
    return Reply(text=text, choices=choices, private=_can_whisper(ctx))


# Each of these runs in one step: what is promised to people stands with the fact.


def _take_in(db: Database, ctx: Ctx, number: int, reason: str) -> str:
    case = cases_store.get_case(db, number)
    assert case is not None
    reviewers = impartial_of(db, ctx, case)
    made = Appeal(
        case_number=number, room_id=case.room_id, member_id=ctx.talker.id, reason=reason, made_at=ctx.now,
        due_at=ctx.now + ctx.config.appeals.decide, state=Outcome.OPEN, decided_at=None, why="",
    )  # fmt: skip
    if not appeals_store.add_appeal(db, made):
        known = appeals_store.get_appeal(db, number)
        return fair_texts.appeal_state(known or made, ctx.zone)
    _note(db, ctx, case, Done.APPEAL, reason)
    ctx.set_deadline(db, DUE, key=str(number), at=made.due_at, room_id=case.room_id)
    halfway = ctx.now + reminder_after(ctx.config.appeals.decide)
    ctx.set_deadline(db, REMINDER, key=str(number), at=halfway, room_id=case.room_id, missed="skip")
    room = find_room(db, case.room_id) if case.room_id else None
    text = fair_texts.review_text(case, made, room.topic if room else "", ctx.zone)
    notice = fair_texts.review_notice(text, case, needed_votes({one.id for one in reviewers}))
    _tell_all(db, ctx, reviewers, notice, f"appeal/{number}/new")
    openly = "" if _can_whisper(ctx) else fair_texts.VOTE_OPENLY.format(shown=case.shown)
    return fair_texts.appeal_taken(made, len(reviewers), ctx.zone) + openly


def _take_vote(db: Database, ctx: Ctx, number: int, choice: Vote, reason: str) -> str:
    case, made = cases_store.get_case(db, number), appeals_store.get_appeal(db, number)
    assert case is not None
    assert made is not None
    if made.state is not Outcome.OPEN:
        return fair_texts.appeal_state(made, ctx.zone)
    appeals_store.put_vote(db, number, Ballot(ctx.talker.id, choice), reason, ctx.now)
    reviewers = impartial_of(db, ctx, case)
    votes = appeals_store.votes_on(db, number)
    state = outcome_of([ballot for ballot, _ in votes], {one.id for one in reviewers}, is_due=False)
    if state is Outcome.OPEN:
        _note(db, ctx, case, Done.APPEAL, reason, vote=str(choice))
        others = [one for one in reviewers if one.id not in {ballot.member_id for ballot, _ in votes}]
        told = fair_texts.vote_told(case, choice, ctx.talker_name)
        _tell_all(db, ctx, others, told, f"appeal/{number}/vote/{ctx.talker.id}/{choice}")
        return fair_texts.vote_noted(case, choice, needed_votes({one.id for one in reviewers}))
    _decide(db, ctx, case, state, is_by_time=False)
    told = fair_texts.decided(case, state, is_by_time=False)
    _tell_all(db, ctx, [one for one in reviewers if one.id != ctx.talker.id], told, f"appeal/{number}/decided")
    return told


def _remind(db: Database, ctx: Ctx, number: int) -> None:
    case, made = cases_store.get_case(db, number), appeals_store.get_appeal(db, number)
    if case is None or made is None or made.state is not Outcome.OPEN:
        return
    voted = {ballot.member_id for ballot, _ in appeals_store.votes_on(db, number)}
    late = [one for one in impartial_of(db, ctx, case) if one.id not in voted]
    _tell_all(db, ctx, late, fair_texts.reminder(case, made.due_at - ctx.now), f"appeal/{number}/reminder")


def _decide_by_time(db: Database, ctx: Ctx, number: int) -> None:
    case, made = cases_store.get_case(db, number), appeals_store.get_appeal(db, number)
    if case is None or made is None or made.state is not Outcome.OPEN:
        return
    reviewers = impartial_of(db, ctx, case)
    ballots = [ballot for ballot, _ in appeals_store.votes_on(db, number)]
    state = outcome_of(ballots, {one.id for one in reviewers}, is_due=True)
    _decide(db, ctx, case, state, is_by_time=True)
    _tell_all(db, ctx, reviewers, fair_texts.decided(case, state, is_by_time=True), f"appeal/{number}/decided")


def _decide(db: Database, ctx: Ctx, case: Case, state: Outcome, *, is_by_time: bool) -> None:
    """Write down how an appeal ended, do what follows, and tell the member."""
    wanted = Vote.UPHOLD if state is Outcome.UPHELD else Vote.DISMISS
    reasons = [reason for ballot, reason in appeals_store.votes_on(db, case.number) if ballot.vote is wanted and reason]
    why = "；".join(dict.fromkeys(one.rstrip("。") for one in reasons))
    appeals_store.decide_appeal(db, case.number, state, why, ctx.now)
    ctx.drop_deadline(db, DUE, str(case.number))
    ctx.drop_deadline(db, REMINDER, str(case.number))
    strikes = [one for one in strikes_of_case(db, case.number) if one.counts_at(ctx.now)]
    by = BOT if is_by_time else ctx.talker.id
    if state is Outcome.UPHELD:
        undone = undo_case(db, ctx, case, by=by, reason=why or (BY_TIME if is_by_time else "申诉通过"))
        text = fair_texts.told_upheld(
            case, [one.shown for one in strikes], is_by_time=is_by_time, is_invited=undone.is_invited
        )
    else:
        until = max((one.expires_at for one in strikes), default=None)
        text = fair_texts.told_dismissed(case, why, until, ctx.zone)
    (trust_less if state is Outcome.UPHELD else trust_more)(db, ctx, case)
    done = Done.UPHOLD if state is Outcome.UPHELD else Done.DISMISS
    _note(db, ctx, case, done, why or (BY_TIME if is_by_time else ""), is_by_time=is_by_time)
    tell_member(db, ctx, case, text, "appeal")


def _note(db: Database, ctx: Ctx, case: Case, done: Done, reason: str, **data: Any) -> None:  # noqa: ANN401 - JSON values
    is_by_time = bool(data.get("is_by_time"))
    audit_store.add(
        db,
        AuditEntry(
            done=done, at=ctx.now, reason=reason, case=case.number, room_id=case.room_id, member_id=case.member_id,
            name=case.name, decided_by=BOT if is_by_time else ctx.talker.id, rule=case.rule, data=data,
        ),
    )  # fmt: skip


def _tell_all(db: Database, ctx: Ctx, people: Iterable[Member], text: str, key: str) -> None:
    """Write to reviewers in private; where that cannot be done, what waits is seen with 「申诉」."""
    if not _can_whisper(ctx):
        return
    for one in people:
        ctx.enqueue(
            db,
            Outgoing(
                member_id=one.id, text=text, priority=Priority.PRIVATE_NOTICE, delivery=Delivery.AT_LEAST_ONCE,
                dedupe_key=f"{key}/{one.id}", cause=ctx.cause, reason="申诉",
            ),
        )  # fmt: skip


def tell_member(db: Database, ctx: Ctx, case: Case, text: str, what: str) -> None:
    """Write to whom a case is about, in private or, where that cannot be done, in the room; once for each `what`."""
    is_private = _can_whisper(ctx) or not case.room_id
    ctx.enqueue(
        db,
        Outgoing(
            room_id="" if is_private else case.room_id, member_id=case.member_id if is_private else "",
            text=text, mentions=() if is_private else (case.member_id,),
            priority=Priority.PRIVATE_NOTICE, delivery=Delivery.AT_LEAST_ONCE,
            dedupe_key=f"moderation/{case.shown}/{what}", cause=ctx.cause, reason=f"群规 {case.rule}",
        ),
    )  # fmt: skip
