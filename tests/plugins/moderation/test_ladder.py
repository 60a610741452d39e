"""The ladder by table: what is done about what was found, for whom, and when something milder is done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.plugin import Role, VerdictAction, moderation
from bot.plugins.moderation.ladder import (
    BREATH,
    LATE,
    NOTHING,
    Decision,
    Earlier,
    Recent,
    Restraint,
    Standing,
    decide,
    has_two_reasons,
)
from bot.plugins.moderation.settings import ModerationSettings, StrikeSettings
from tests.examples import examples

AT = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
REMIND, WARN, REPORT, REMOVE = (
    VerdictAction.REMIND,
    VerdictAction.WARN,
    VerdictAction.REPORT,
    VerdictAction.REMOVE,
)
SETTINGS = ModerationSettings(strikes=StrikeSettings(warn_at=2, report_at=4, remove_at=6))
NEVER_REMOVES = ModerationSettings()


def finding(
    action: VerdictAction = REMIND,
    *,
    rule: str = "repeats",
    family: str = "repeat",
    weight: float = 1.0,
    span: tuple[int, int] = (0, 0),
    evidence: str = "",
    is_shadow: bool = False,
    score: float = 1.0,
) -> moderation.Finding:
    return moderation.Finding(
        rule=rule,
        words=rule,
        family=family,
        action=action,
        weight=weight,
        span=span,
        evidence=evidence,
        is_shadow=is_shadow,
        score=score,
        reason=f"因为{rule}",
    )


def advert(action: VerdictAction = REPORT, span: tuple[int, int] = (0, 4)) -> moderation.Finding:
    return finding(action, rule="adverts", family="advert", weight=2.0, span=span, evidence="日赚五百", score=0.98)


def contact(action: VerdictAction = REPORT, span: tuple[int, int] = (8, 16)) -> moderation.Finding:
    return finding(action, rule="newcomers", family="contact", span=span, evidence="abc12345")


def ask(*findings: moderation.Finding, settings: ModerationSettings = SETTINGS, **known: object) -> Decision:
    return decide(findings, Standing(**known), AT, settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("points", "expected"), [(0, REMIND), (0.9, REMIND), (1, WARN), (2.9, WARN), (3, REPORT), (4.9, REPORT)]
)
def test_points_climb_the_ladder(points: float, expected: VerdictAction) -> None:
    assert ask(finding(), points=points).action is expected


def test_the_first_breach_is_a_reminder_with_one_point() -> None:
    decision = ask(finding())
    assert (decision.action, decision.points, decision.restraint) == (REMIND, 1.0, Restraint.NONE)


def test_a_report_by_the_filter_gives_no_points_and_climbs_nowhere() -> None:
    decision = ask(advert(), points=5)
    assert (decision.action, decision.points) == (REPORT, 0.0)


def test_a_rule_may_ask_for_more_than_the_points_do() -> None:
    assert ask(finding(WARN)).action is WARN


def test_nobody_is_removed_for_points_unless_the_owner_says_so() -> None:
    decision = ask(finding(), advert(), points=50, settings=NEVER_REMOVES)
    assert decision.action is REPORT


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
def test_owners_and_admins_are_never_touched(role: Role) -> None:
    assert ask(finding(REMOVE), contact(REMOVE), role=role, points=99) is NOTHING


def test_who_is_exempt_is_never_touched() -> None:
    assert ask(finding(REMOVE), contact(REMOVE), is_exempt=True, points=99) is NOTHING


def test_after_the_brake_nothing_acts() -> None:
    assert ask(finding(REMOVE), contact(REMOVE), is_braked=True) is NOTHING


def test_rules_that_only_observe_lead_to_nothing() -> None:
    assert ask(finding(REMOVE, is_shadow=True)) is NOTHING
    assert ask(finding(REMOVE, is_shadow=True), finding(REMIND)).action is REMIND


# ---- removals


def test_one_reason_never_removes() -> None:
    decision = ask(advert(REMOVE))
    assert (decision.action, decision.restraint, decision.asked) == (REPORT, Restraint.ONE_REASON, REMOVE)


def test_two_independent_reasons_remove() -> None:
    decision = ask(advert(REMOVE), contact())
    assert (decision.action, decision.restraint) == (REMOVE, Restraint.NONE)


def test_two_findings_about_the_same_words_are_one_reason() -> None:
    assert ask(advert(REMOVE, span=(0, 9)), contact(span=(4, 12))).restraint is Restraint.ONE_REASON


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("advert", "repost"),  # both say that the text is an advertisement
        ("flood", "repeat"),  # both say that it is too much
        ("link", "contact"),  # both are a way to be reached
        ("words", "pattern"),
        ("advert", "topic"),  # off-topic talk is no reason to remove anybody
        ("contact", "newcomer"),  # the same way to be reached
        ("advert", "hours"),
    ],
)
def test_two_findings_on_the_same_ground_are_one_reason(one: str, other: str) -> None:
    first = finding(REMOVE, rule=one, family=one, span=(0, 3), evidence="甲")
    second = finding(REMOVE, rule=other, family=other, span=(5, 9), evidence="乙")
    assert not has_two_reasons([first, second])


def test_an_earlier_strike_for_something_else_is_a_second_reason() -> None:
    assert has_two_reasons([advert()], [Earlier("flood", "flooding")])
    assert not has_two_reasons([advert()], [Earlier("repost", "reposts")])


def test_a_warning_by_a_person_is_no_reason_for_a_rule() -> None:
    assert not has_two_reasons([advert()], [Earlier("flood", "", by_person=True)])


def test_points_remove_a_repeat_offender_with_two_reasons_only() -> None:
    assert ask(finding(), points=5, earlier=(Earlier("repeat", "repeats"),)).action is REPORT
    assert ask(finding(), points=5, earlier=(Earlier("contact", "newcomers"),)).action is REMOVE


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"is_paying": True}, Restraint.PAYING),
        ({"role": Role.EXPERT}, Restraint.EXPERT),
        ({"age": LATE + timedelta(seconds=1)}, Restraint.LATE),
    ],
)
def test_some_are_reported_instead_of_removed(known: dict[str, object], why: Restraint) -> None:
    decision = ask(advert(REMOVE), contact(REMOVE), **known)
    assert (decision.action, decision.restraint) == (REPORT, why)


# ---- once within minutes


def test_what_follows_within_a_breath_belongs_to_the_same_case() -> None:
    recent = {"repeats": Recent(7, AT - BREATH + timedelta(seconds=1), REMIND)}
    decision = ask(finding(), recent=recent, points=1)
    assert (decision.joins, decision.points) == (7, 0.0)


def test_after_a_breath_it_is_told_in_private() -> None:
    recent = {"repeats": Recent(7, AT - BREATH, REMIND)}
    decision = ask(finding(weight=0.5), recent=recent)
    assert (decision.action, decision.joins, decision.points) == (WARN, 0, 0.5)


def test_after_minutes_it_is_a_reminder_again() -> None:
    recent = {"repeats": Recent(7, AT - SETTINGS.remind_every, REMIND)}
    assert ask(finding(weight=0.5), recent=recent).action is REMIND


def test_another_rule_is_another_case() -> None:
    recent = {"flooding": Recent(7, AT, REMIND)}
    assert ask(finding(), recent=recent).joins == 0


def test_the_same_report_is_not_made_again_within_minutes() -> None:
    recent = {"adverts": Recent(7, AT - SETTINGS.remind_every + timedelta(seconds=1), REPORT)}
    assert ask(advert(), recent=recent).joins == 7
    assert ask(advert(REMOVE), contact(), recent=recent).action is REMOVE


def test_points_do_not_remove_somebody_who_cannot_have_read_the_warning() -> None:
    earlier = (Earlier("contact", "newcomers"),)
    recent = {"repeats": Recent(7, AT - timedelta(seconds=5), REPORT)}
    assert ask(finding(), points=5.8, earlier=earlier, recent=recent).joins == 7
    recent = {"repeats": Recent(7, AT - BREATH, REPORT)}
    assert ask(finding(), points=5.8, earlier=earlier, recent=recent).action is REMOVE


def test_a_removal_that_a_rule_asks_for_waits_for_no_breath() -> None:
    recent = {"adverts": Recent(7, AT - timedelta(seconds=5), REPORT)}
    assert ask(advert(REMOVE), contact(), recent=recent).action is REMOVE
    assert ask(advert(REMOVE), recent=recent).joins == 7


def test_what_was_said_long_ago_reminds_nobody() -> None:
    decision = ask(finding(), age=LATE + timedelta(seconds=1))
    assert (decision.action, decision.findings, decision.restraint) == (VerdictAction.ALLOW, (), Restraint.LATE)
    assert ask(finding(), age=LATE).action is REMIND


# ---- whatever is found

FINDINGS = st.lists(
    st.builds(
        finding,
        st.sampled_from([REMIND, WARN, REPORT, REMOVE]),
        rule=st.sampled_from(["a", "b", "c"]),
        family=st.sampled_from(["advert", "contact", "flood", "repeat", "topic", "words", "report", "new-family"]),
        weight=st.floats(0.1, 10),
        span=st.sampled_from([(0, 0), (0, 4), (2, 6), (8, 12)]),
        is_shadow=st.booleans(),
    ),
    max_size=4,
)
STANDINGS = st.builds(
    Standing,
    role=st.sampled_from(list(Role)),
    is_exempt=st.booleans(),
    is_paying=st.booleans(),
    points=st.floats(0, 20),
    earlier=st.lists(st.builds(Earlier, st.sampled_from(["advert", "flood", "topic", ""]), st.just("x"))).map(tuple),
    is_braked=st.booleans(),
    age=st.sampled_from([timedelta(), timedelta(hours=1)]),
)


@settings(max_examples=examples(150))
@given(FINDINGS, STANDINGS)
def test_a_removal_is_always_well_founded(found: list[moderation.Finding], standing: Standing) -> None:
    decision = decide(found, standing, AT, SETTINGS)
    if decision.action is REMOVE and not decision.joins:
        acting = [one for one in found if not one.is_shadow]
        assert has_two_reasons(acting, standing.earlier)
        assert not standing.is_paying
        assert standing.role < Role.EXPERT
        assert not standing.is_untouchable
        assert standing.age <= LATE
    assert decision.asked >= decision.action


@settings(max_examples=examples(100))
@given(FINDINGS, STANDINGS, st.randoms())
def test_the_order_of_findings_changes_nothing(
    found: list[moderation.Finding], standing: Standing, random: object
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = decide(found, standing, AT, SETTINGS), decide(shuffled, standing, AT, SETTINGS)
    assert (one.action, one.points, one.restraint) == (other.action, other.points, other.restraint)


@settings(max_examples=examples(100))
@given(st.lists(st.integers(0, 900), min_size=1, max_size=30), st.sampled_from([REMIND, WARN, REPORT]))
def test_whoever_goes_on_and_on_is_told_of_one_rule_once_in_a_while(gaps: list[int], action: VerdictAction) -> None:
    at, points, recent = AT, 0.0, {}
    told: list[tuple[datetime, VerdictAction]] = []
    for gap in gaps:
        at += timedelta(seconds=gap)
        decision = decide([finding(action)], Standing(points=points, recent=recent), at, NEVER_REMOVES)
        if not decision.joins:
            told.append((at, decision.action))
            recent = {"repeats": Recent(len(told), at, decision.action)}
            points += decision.points
    assert all(later - earlier >= BREATH for (earlier, _), (later, _) in pairwise(told))
    reminded = [when for when, done in told if done is REMIND]
    assert all(later - earlier >= NEVER_REMOVES.remind_every for earlier, later in pairwise(reminded))
    assert [done for _, done in told] == sorted(done for _, done in told)
