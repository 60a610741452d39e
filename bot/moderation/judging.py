"""The judge: what the rules of a room say about one message, given what was said before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from functools import lru_cache, partial
from typing import Final
from zoneinfo import ZoneInfo

from bot.model import MessageKind, Role
from bot.moderation.model import NOWHERE, Finding, Said
from bot.moderation.revealing import Revealed, reveal
from bot.moderation.rules_attached import make_attached
from bot.moderation.rules_conduct import holds, make_conduct
from bot.moderation.rules_content import Content, Filter, Known
from bot.moderation.rules_kinds import KINDS
from bot.moderation.rules_model import Rule, When
from bot.moderation.rules_text import Hit, Reading
from bot.moderation.sights import attachment_of
from bot.moderation.watching import Entry, Likeness, RoomWatch
from bot.text import parse_quote

_SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_REMEMBERED: Final = 1024  # texts whose reading is kept: what a room says again and again
_LONGEST_REMEMBERED: Final = 500  # characters; long texts do not come twice
_TEXT: Final = MessageKind.TEXT  # nearly all are; members of an enumeration are slow to look up
_RECALL: Final = MessageKind.RECALL
_ADMIN: Final = Role.ADMIN
_WITH_TEXT: Final = {MessageKind.TEXT, MessageKind.LINK, MessageKind.UNKNOWN}
_OF_COMMANDS: Final = frozenset({"words", "pattern", "link", "advert", "repost"})
_PICTURES: Final = {"picture", "file"}
_NOTHING: Final = Reading()
_ALWAYS: Final = When()


class Judge:
    """Judges the messages of rooms that have the same rules.

    What it says depends on the message, the rules, the filter, the marked adverts, and on what the watch was told
    before; on no clock and on no chance. It never raises, whatever a message holds.

    Args:
        rules: id → rule, as the settings of the room have them.
        adverts: the advertisement filter; None leaves rules of the kind `advert` silent.
        known: the marked advertisements; None leaves rules of the kind `repost` silent. Whoever adds to it makes a
            new judge (`renewed`), since readings are remembered.
        zone: the room's, for rules with hours.
        topic: the room's name, for rules with `rooms`.
        reveal: says what a text means to its readers; a replay knows that of most texts already.
    """

    def __init__(
        self,
        rules: Mapping[str, Rule],
        adverts: Filter | None = None,
        known: Known | None = None,
        *,
        zone: tzinfo = _SHANGHAI,
        topic: str = "",
        reveal: Callable[[str], Revealed] = reveal,
    ) -> None:
        self._written = rules
        self._rules = {
            name: rule
            for name, rule in rules.items()
            if rule.enabled and (not rule.when.rooms or topic in rule.when.rooms)
        }
        self._findings = {name: _findings_of(name, rule) for name, rule in self._rules.items()}
        self._places = {name: place for place, name in enumerate(self._rules)}
        self._zone, self._topic = zone, topic
        self._reveal = reveal
        self._content = Content(self._rules, adverts, known, reveal)
        self._conduct = [
            (name, rule, look) for name, rule in self._rules.items() if (look := make_conduct(rule)) is not None
        ]
        self._attached = [seen for name, rule in self._rules.items() if (seen := make_attached(name, rule))]
        self.horizon = max((rule["within"].total_seconds() for _, rule, _ in self._conduct), default=0.0)
        self._textual = [name for name, rule in self._rules.items() if KINDS[rule.kind].reads_text]
        self._reads_all = self._content.likens or any(self._rules[name].when == _ALWAYS for name in self._textual)
        self._read_again = lru_cache(_REMEMBERED)(self._content.read)
        self._long: tuple[str, Reading] = ("", _NOTHING)  # the last long text, of which more than one thing is asked
        self._liken_again = lru_cache(_REMEMBERED)(self._content.liken)

    @property
    def rules(self) -> Mapping[str, Rule]:
        """The rules that are asked, by id."""
        return self._rules

    def renewed(self, adverts: Filter | None, known: Known | None) -> Judge:
        """Return a judge with the same rules and another filter or other marked adverts."""
        return Judge(self._written, adverts, known, zone=self._zone, topic=self._topic, reveal=self._reveal)

    def read(self, text: str) -> Reading:
        """Return what the rules say about a text, whoever said it."""
        if len(text) <= _LONGEST_REMEMBERED:
            return self._read_again(text)
        if text != self._long[0]:
            self._long = (text, self._content.read(text))
        return self._long[1]

    def advert_score(self, said: Said) -> float:
        """Return how much a message looks like an advertisement, 0…1; nothing when no rule asks, or nobody read it."""
        own, _ = _own_text(said)
        return self.read(own).advert if own and not self._is_free(said) and self._needs_reading(said) else 0.0

    def is_odd(self, said: Said) -> bool:
        """Tell whether a text must be revealed when it is judged again; long ones, and those nobody read, must be."""
        own, _ = _own_text(said)
        if not own or self._is_free(said):
            return False
        return len(own) > _LONGEST_REMEMBERED or not self._needs_reading(said) or self.read(own).is_odd

    def judge(self, said: Said, watch: RoomWatch) -> list[Finding]:
        """Return what one message breaks, in the order of the rules, and let the watch remember it.

        Args:
            said: the message.
            watch: of its room; told every message in order, through here or through `remember`.
        """
        if self._is_free(said):
            return []
        own, offset = _own_text(said)
        reading = self.read(own) if own and self._needs_reading(said) else _NOTHING
        found: list[Finding] = []
        if reading.hits:
            found = [self._find(hit, offset) for hit in reading.hits if self._applies(hit.rule, said)]
        if not said.is_command:
            if said.kind is not _TEXT or said.codes:
                found += self.judge_attached(said)
            entry = self._remember(said, watch, reading.likeness)
            for name, rule, look in self._conduct:
                if (reason := look(said, watch, entry)) and holds(rule.when, said, self._zone):
                    found.append(self._find(Hit(name, reason)))
        return sorted(found, key=self._in_order) if len(found) > 1 else found

    def _in_order(self, finding: Finding) -> int:
        return self._places[finding.rule]

    def _needs_reading(self, said: Said) -> bool:
        """Tell whether any rule that looks at texts is for this message; most rules for newcomers are not."""
        return self._reads_all or any(self._applies(name, said) for name in self._textual)

    def judge_attached(self, said: Said) -> list[Finding]:
        """Return what the attachment of a message breaks, and nothing else; the watch does not learn of it.

        `judge` does this too. It is asked alone when the codes of a picture are known later than the message: those
        findings are about the codes only.
        """
        if self._is_free(said) or not (said.codes or attachment_of(said)):
            return []
        hits = [hit for look in self._attached for hit in look(said)]
        return [self._find(hit) for hit in hits if self._applies(hit.rule, said)]

    def remember(self, said: Said, watch: RoomWatch) -> None:
        """Let the watch of a room know of a message that was judged before a restart.

        `horizon` seconds of messages are enough.
        """
        if not self._is_free(said) and not said.is_command:
            own, _ = _own_text(said)
            self._remember(said, watch, self._liken_again(own) if own and self._content.likens else None)

    @staticmethod
    def _is_free(said: Said) -> bool:
        return said.is_exempt or said.kind is _RECALL or said.role >= _ADMIN

    def _remember(self, said: Said, watch: RoomWatch, likeness: Likeness | None) -> Entry:
        return watch.add(
            said.at.timestamp(),
            said.member_id,
            likeness,
            said.mentions,
            is_picture=said.kind is not _TEXT and attachment_of(said) in _PICTURES,
            keep=self.horizon,
        )

    def _applies(self, name: str, said: Said) -> bool:
        rule = self._rules[name]
        if said.is_command and rule.kind not in _OF_COMMANDS:
            return False
        return holds(rule.when, said, self._zone)

    def _find(self, hit: Hit, offset: int = 0) -> Finding:
        span = hit.span if not offset or hit.span == NOWHERE else (hit.span[0] + offset, hit.span[1] + offset)
        return self._findings[hit.rule](score=hit.score, reason=hit.reason, evidence=hit.evidence, span=span)


def _findings_of(name: str, rule: Rule) -> Callable[..., Finding]:
    """Return what makes the findings of a rule, what they have in common worked out once."""
    return partial(Finding, rule=name, words=rule.shown, family=rule.family, action=rule.verdict, weight=rule.weight)


def _own_text(said: Said) -> tuple[str, int]:
    """Return what the member typed, without the message they quoted, and how many characters were left out."""
    text = said.text
    if said.kind is not _TEXT and said.kind not in _WITH_TEXT:
        return "", 0
    if "「" not in text:
        return text, 0  # no quote, as nearly always
    _, own = parse_quote(text)
    return own, len(text) - len(own)
