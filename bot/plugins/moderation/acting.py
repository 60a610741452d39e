"""Puts a decision into effect, in one transaction: case, strike, audit entry, and what is said to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from bot.plugin import (
    Act,
    Context,
    Database,
    Deadline,
    Delivery,
    Outgoing,
    Priority,
    Room,
    Row,
    VerdictAction,
    find_room,
    moderation,
)
from bot.plugins.moderation import audit_store, cases_store, exemptions_store, notices_store, strikes_store, texts
from bot.plugins.moderation.ladder import LATE, Decision, Earlier, Recent, Restraint, Standing
from bot.plugins.moderation.model import AuditEntry, Case, CaseState, Done, Strike, StrikeGiven
from bot.plugins.moderation.settings import ModerationSettings

TELL: Final = "tell"
"""The deadline at which what was held back is told."""
BRAKE: Final = "brake"
"""The switch that makes all rules only observe."""
RESTRAINT: Final = "restraint"
"""Where the findings of a case keep why something milder was done."""
REMIND, REPORT, REHEARSE = "remind", "report", "rehearse"
_PAUSES: Final = {REMIND: timedelta(seconds=30), REPORT: timedelta(minutes=2), REHEARSE: timedelta(minutes=10)}
"""How long a room, or its owner, is left alone between two notices; what comes meanwhile is told at once."""
_SOON: Final = timedelta(minutes=10)
_MOST_SOON: Final = 3  # the brake: more than three removals in ten minutes
_MOST_SHARE: Final = 0.02  # or more than two in a hundred people of a room in a day
_DAY: Final = timedelta(days=1)
_ACTIONS: Final = {
    Done.REMIND: VerdictAction.REMIND, Done.WARN: VerdictAction.WARN, Done.REPORT: VerdictAction.REPORT,
    Done.REMOVE: VerdictAction.REMOVE, Done.BY_HAND: VerdictAction.REMOVE, Done.REHEARSE: VerdictAction.REPORT,
}  # fmt: skip
_DONE: Final = {
    VerdictAction.REMIND: Done.REMIND, VerdictAction.WARN: Done.WARN, VerdictAction.REPORT: Done.REPORT,
    VerdictAction.REMOVE: Done.REMOVE,
}  # fmt: skip

Ctx = Context[ModerationSettings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What can be done where it happens.

    Attributes:
        room: where.
        can_remove: whether the gateway removes people.
        can_whisper: whether the person can be written to in private.
        is_rehearsal: whether the room only rehearses.
        is_paying: whether the person has paid.
        people: how many people are in the room.
    """

    room: Room
    can_remove: bool
    can_whisper: bool
    is_rehearsal: bool = False
    is_paying: bool = False
    people: int = 0


def standing_of(db: Database, ctx: Ctx, said: moderation.Said, scene: Scene) -> Standing:
    """Return what is known of who said something, as of when it was said."""
    strikes = strikes_store.strikes_in_force(db, said.member_id, said.at)
    cases = cases_store.cases_since(db, said.room_id, said.member_id, said.at - ctx.config.remind_every)
    recent: dict[str, Recent] = {}
    for case in cases:
        if case.act in _ACTIONS and case.state is not CaseState.UNDONE and case.said_at <= said.at:
            recent.setdefault(case.rule, Recent(case.number, case.said_at, _ACTIONS[case.act]))
    return Standing(
        role=said.role,
        is_exempt=said.is_exempt,
        is_paying=scene.is_paying,
        points=sum(strike.points for strike in strikes),
        earlier=tuple(_earlier(db, strike) for strike in strikes),
        recent=recent,
        is_braked=bool(exemptions_store.switch(db, BRAKE)),
        age=ctx.now - said.at,
    )


def _earlier(db: Database, strike: Strike) -> Earlier:
    case = cases_store.get_case(db, strike.case)
    return Earlier(case.family if case else "", strike.rule, bool(strike.given_by), strike.words)


def put_into_effect(db: Database, ctx: Ctx, said: moderation.Said, decision: Decision, scene: Scene) -> Row:
    """Do what was decided; return what the message's record keeps: action, case, rule, reason, and what stops."""
    if decision.action is VerdictAction.ALLOW or cases_store.case_of_message(db, said.id) is not None:
        return _record(VerdictAction.ALLOW, decision, 0)
    if decision.joins:
        cases_store.count_hit(db, decision.joins)
        return _record(decision.action, decision, decision.joins)
    if scene.is_rehearsal:
        return _rehearse(db, ctx, said, decision, scene)
    why = _why_braked(db, ctx, scene) if decision.action is VerdictAction.REMOVE else ""
    action = VerdictAction.REPORT if why else decision.action
    case = cases_store.add_case(db, _case_of(ctx, said, decision, action, scene))
    strike = give_strike(db, ctx, case, decision.points) if decision.points > 0 else None
    reason = "；".join(part for part in (case.reason, texts.restraint_note(decision.restraint)) if part)
    audit_store.add(db, entry_of(ctx, case, case.act, reason=reason, strike=strike.number if strike else 0))
    if why:
        _brake(db, ctx, case, scene, why)
        return _record(action, decision, case.number) | {"is_braked": True}
    _warn(db, ctx, case, strike, scene)
    _tell(db, ctx, case, decision, scene)
    return _record(action, decision, case.number)


def _record(action: VerdictAction, decision: Decision, case: int) -> Row:
    """Return what is kept; a report alone stops nothing: the filter may be wrong, and the question is answered."""
    leading = decision.findings[0] if decision.findings else None
    return {
        "action": int(action), "case": case, "rule": leading.rule if leading else "",
        "reason": leading.reason if leading else "", "score": leading.score if leading else 1.0,
        "stops": action in {VerdictAction.REMIND, VerdictAction.WARN, VerdictAction.REMOVE} or decision.points > 0,
        "is_braked": False,
    }  # fmt: skip


def _case_of(ctx: Ctx, said: moderation.Said, decision: Decision, action: VerdictAction, scene: Scene) -> Case:
    leading = decision.leading
    act, state = _DONE[action], CaseState.SETTLED
    if action is VerdictAction.REPORT:
        state = CaseState.OPEN
    elif action is VerdictAction.REMOVE and not scene.can_remove:
        act, state = Done.BY_HAND, CaseState.BY_HAND
    if scene.is_rehearsal:
        act, state = Done.REHEARSE, CaseState.REHEARSED
    return Case(
        number=0, room_id=said.room_id, member_id=said.member_id, name=said.name, message_id=said.id, said_at=said.at,
        made_at=ctx.now, rule=leading.rule, words=leading.words, family=leading.family, act=act, state=state,
        reason=_reason(decision), text=said.text,
        evidence=leading.evidence, score=leading.score, is_paying=scene.is_paying,
        findings=tuple({**finding_to_json(one), RESTRAINT: decision.restraint} for one in decision.findings),
    )  # fmt: skip


def _reason(decision: Decision) -> str:
    """Return all that speaks for what is done, in Chinese, for the owner and the log."""
    reasons = list(dict.fromkeys(one.reason.rstrip("。") for one in decision.findings))
    if decision.past is not None:
        reasons.append(texts.past_reason(decision.past.words, decision.total))
    return "；".join(reasons)


def finding_to_json(finding: moderation.Finding) -> Mapping[str, Any]:
    """Return a finding as JSON values."""
    return {
        "rule": finding.rule, "family": finding.family, "action": int(finding.action), "weight": finding.weight,
        "score": round(finding.score, 4), "reason": finding.reason, "evidence": finding.evidence,
    }  # fmt: skip


def entry_of(
    ctx: Context[Any], case: Case, done: Done, *, by: str = "", reason: str = "", strike: int = 0
) -> AuditEntry:
    """Return the audit entry of an act that belongs to a case."""
    return AuditEntry(
        done=done, at=ctx.now, reason=reason or case.reason, case=case.number, strike=strike, room_id=case.room_id,
        member_id=case.member_id, name=case.name, decided_by=by, rule=case.rule,
    )  # fmt: skip


def give_strike(db: Database, ctx: Ctx, case: Case, points: float, *, by: str = "") -> Strike:
    """Put a strike on record for a case; it begins when the thing was said."""
    strike = strikes_store.add_strike(
        db,
        Strike(
            number=0, case=case.number, room_id=case.room_id, member_id=case.member_id, rule=case.rule,
            words=case.words, points=points, reason=case.reason, given_at=case.said_at,
            expires_at=case.said_at + ctx.config.strikes.expire, given_by=by,
        ),
    )  # fmt: skip
    event = StrikeGiven(member_id=case.member_id, room_id=case.room_id, number=strike.number, rule=case.rule)
    ctx.publish(db, event)
    return strike


# ---- who is told what


def _warn(db: Database, ctx: Ctx, case: Case, strike: Strike | None, scene: Scene) -> None:
    if case.act is Done.WARN or (case.act is Done.REPORT and strike is not None):
        is_late = ctx.now - case.said_at > LATE
        text = texts.warn(case, scene.room.topic, strike, ctx.zone, is_late=is_late)
        whisper(db, ctx, case, text, can_whisper=scene.can_whisper)


def _tell(db: Database, ctx: Ctx, case: Case, decision: Decision, scene: Scene) -> None:
    notices = ctx.part("notices")
    if case.act is Done.REMIND and not _hold_back(db, ctx, REMIND, case, scene.room):
        _remind(db, ctx, [case], scene.room.id)
    elif case.act is Done.REPORT:
        _report(db, ctx, case, decision, scene)
    elif case.act is Done.REMOVE:
        remove(db, ctx, case, scene.room.topic, can_whisper=scene.can_whisper)
        notices.write(db, texts.removed_by_rule(case, scene.room.topic), key_of(case, "owner"), scene.room)
    elif case.act is Done.BY_HAND:
        notices.write(db, texts.by_hand(scene.room.topic, [case]), key_of(case, "owner"), scene.room)


def key_of(case: Case, what: str) -> str:
    """Return the dedupe key of something said about a case."""
    return f"moderation/{case.shown}/{what}"


def whisper(db: Database, ctx: Ctx, case: Case, text: str, *, can_whisper: bool) -> None:
    """Write to the person in private; where that is not possible, a line in the room that tells nothing more."""
    row = Outgoing(dedupe_key=key_of(case, "warn"), cause=ctx.cause, reason=f"群规 {case.rule}")
    if can_whisper:
        row = replace(row, member_id=case.member_id, text=text, priority=Priority.PRIVATE_NOTICE)
    else:
        row = replace(row, room_id=case.room_id, text=texts.warn_in_room(case), mentions=(case.member_id,))
    ctx.enqueue(db, row)


def remove(db: Database, ctx: Ctx, case: Case, topic: str, *, can_whisper: bool) -> None:
    """Tell the person, and have the gateway take them out of the room."""
    if can_whisper:
        text = texts.removed(case, topic)
        ctx.enqueue(
            db,
            Outgoing(
                member_id=case.member_id, text=text, dedupe_key=key_of(case, "goodbye"), cause=ctx.cause,
                reason=f"群规 {case.rule}", priority=Priority.PRIVATE_NOTICE,
            ),
        )  # fmt: skip
    ctx.enqueue(
        db,
        Outgoing(
            room_id=case.room_id, member_id=case.member_id, act=Act.REMOVE, dedupe_key=key_of(case, "remove"),
            cause=ctx.cause, reason=f"群规 {case.rule}：{case.reason}", delivery=Delivery.AT_MOST_ONCE,
        ),
    )  # fmt: skip


def _report(db: Database, ctx: Ctx, case: Case, decision: Decision, scene: Scene) -> None:
    if _hold_back(db, ctx, REPORT, case, scene.room):
        return
    text = texts.report(
        case, scene.room.topic, decision.restraint, can_remove=scene.can_remove, score=decision.leading.score
    )
    ctx.part("notices").write(db, text, key_of(case, "owner"), scene.room)


def _rehearse(db: Database, ctx: Ctx, said: moderation.Said, decision: Decision, scene: Scene) -> Row:
    case = cases_store.add_case(db, _case_of(ctx, said, decision, decision.action, scene))
    audit_store.add(db, entry_of(ctx, case, Done.REHEARSE))
    if not _hold_back(db, ctx, REHEARSE, case, scene.room):
        text = texts.rehearsed(case, scene.room.topic, decision.action)
        ctx.part("notices").write(db, text, key_of(case, "owner"), scene.room)
    return _record(decision.action, decision, case.number) | {"stops": False}


def _hold_back(db: Database, ctx: Ctx, kind: str, case: Case, room: Room) -> bool:
    """Keep a notice for a moment if the last one was just sent; False when it is to be told at once."""
    last = notices_store.told_at(db, kind, room.id)
    if last is None or ctx.now - last >= _PAUSES[kind]:
        notices_store.note_told(db, kind, room.id, ctx.now)
        return False
    if notices_store.hold_back(db, kind, room.id, case.number):
        at = last + _PAUSES[kind]
        ctx.set_deadline(db, TELL, key=f"{kind}/{room.id}", at=at, data={"kind": kind}, room_id=room.id)
    return True


def _remind(db: Database, ctx: Ctx, cases: list[Case], room_id: str) -> None:
    words = list(dict.fromkeys(case.words for case in cases))
    ctx.enqueue(
        db,
        Outgoing(
            room_id=room_id, text=texts.remind(words), mentions=tuple(dict.fromkeys(one.member_id for one in cases)),
            dedupe_key=key_of(cases[0], REMIND), cause=ctx.cause, reason=f"群规 {cases[0].rule}",
        ),
    )  # fmt: skip


def tell_held_back(db: Database, ctx: Ctx, due: Deadline) -> int:
    """Tell what was held back, all at once; return of how many cases."""
    kind, room = due.data["kind"], ctx.room
    assert room is not None
    numbers = notices_store.take_held_back(db, kind, room.id)
    found = [case for number in numbers if (case := cases_store.get_case(db, number)) and case.member_id]
    cases = [case for case in found if case.state is not CaseState.UNDONE]
    if not cases:
        return 0
    notices_store.note_told(db, kind, room.id, ctx.now)
    if kind == REMIND:
        _remind(db, ctx, cases, room.id)
        return len(cases)
    ctx.part("notices").write(db, _report_of_several(ctx, kind, room, cases), key_of(cases[0], "owner"), room)
    return len(cases)


def _report_of_several(ctx: Ctx, kind: str, room: Room, cases: list[Case]) -> str:
    if kind == REHEARSE:
        return texts.more_rehearsed(room.topic, cases)
    only = cases[0]
    if len(cases) > 1 or only.state is not CaseState.OPEN:
        return texts.more_reports(room.topic, cases)
    can_remove = ctx.part("gateway").capabilities.can_remove
    restraint = Restraint(only.findings[0].get(RESTRAINT, "")) if only.findings else Restraint.NONE
    return texts.report(only, room.topic, restraint, can_remove=can_remove, score=only.score)


# ---- the brake


def _why_braked(db: Database, ctx: Ctx, scene: Scene) -> str:
    """Return why one more removal would be too many, in Chinese; empty when it would not."""
    soon = audit_store.count_removals(db, ctx.now - _SOON)
    if soon >= _MOST_SOON:
        return texts.too_many_soon(soon)
    today = audit_store.count_removals(db, ctx.now - _DAY, scene.room.id)
    if today >= max(1, int(scene.people * _MOST_SHARE)):
        return texts.too_many_of_room(today, scene.people)
    return ""


def _brake(db: Database, ctx: Ctx, case: Case, scene: Scene, why: str) -> None:
    exemptions_store.set_switch(db, BRAKE, why, ctx.now)
    audit_store.add(db, AuditEntry(done=Done.BRAKE, at=ctx.now, reason=why, case=case.number, room_id=case.room_id))
    text = texts.braked(find_topic(db, case.room_id), why, case)
    ctx.part("notices").write(db, text, key_of(case, BRAKE), scene.room)


def find_topic(db: Database, room_id: str) -> str:
    """Return the name of a room; empty when it is unknown."""
    room = find_room(db, room_id) if room_id else None
    return room.topic if room else ""
