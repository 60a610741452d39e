"""Whether a conversation is still about the theme of its room: vectors in, one judgement of the recent talk out.

A message by itself tells little (one of six is misjudged), twenty of them tell enough. So every message gets the odds
that it belongs to the theme, and a window of recent talk is compared with two ways a room can be: mostly about its
theme with a fifth of other things in between, or seven tenths about something else.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bot.moderation.topics_subjects import Subjects

WINDOW = 20  # messages that say something; windows of ten find 72 % at 1 % false alarms, twenty 95 % (eval offtopic)
LONGEST_PAUSE = timedelta(minutes=45)  # a longer silence ends a conversation
USUAL, DRIFTED = 0.2, 0.7  # shares of other talk: what rooms have always, and what a conversation that left has
NUDGE = 8.0  # of `Drift.score`: less than one false nudge in 1,000 messages (eval offtopic)
MOST_USUAL = 14.0  # no past makes more than this usual
_STILL = 5  # the latest messages must be about something else, too: nobody is called back who has come back
_LEAST_MEMBERS = 2  # a monologue is no conversation
_LONGEST_TEXT = 200  # characters that are read of a message
_OWN = 10.0  # how many sentences the owner's lines and the room's posts weigh together
_RIDGE = 0.2  # how strongly weights are drawn towards nothing
_FAITHFUL = 5.0  # the same towards what was learned from forums: a theme of few words changes little of it
_SURE = 6.0  # odds are cut there: no single message decides

_LEFT_OUT = re.compile(r"\[[^\[\]\s]{1,6}\]|@\S+|https?://\S+")  # [表情], mentions, addresses
_FILLER = re.compile(  # atomic: a long row of fillers must not be tried in every way
    r"(?>收到|好[的嘞吧呀]?|可以|是[的啊]|对[的啊]|没错|嗯|谢|感谢|多谢|分享|老师|大佬|辛苦|欢迎|新人|大家|早上?|晚上?|安|在吗|有人吗"
    r"|同[问求感]|我也|一样|确实|真的?|不会吧|厉害|牛|逼|太|强|学到|了|解|明白|知道|懂|原来如此|什么|为什么|怎么|笑死|绝|无语|加油|支持"
    r"|顶|沙发|打卡|签到|报名|来|走|[哈啊哦呃哎吗呢吧呀嘿嘻的嘛喔]|o+k+|okay|yes|no|thanks?|lol|h+|[\W\d_])*+",
    re.IGNORECASE,
)
_FEWEST_LETTERS = 4  # fewer say nothing about a subject


@dataclass(frozen=True, slots=True)
class Theme:
    """What a room is about, as a direction in the space of vectors; see `fit_theme`."""

    weights: NDArray[np.float32]
    bias: float

    def judge(self, vectors: NDArray[np.float32]) -> list[float]:
        """Return for each vector the logarithm of the odds that it belongs to the theme."""
        return [round(float(odds), 3) for odds in np.clip(vectors @ self.weights + self.bias, -_SURE, _SURE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far a conversation is from its theme.

    Attributes:
        score: logarithm of the odds that it has left (a share of `DRIFTED` is elsewhere, not of `USUAL`).
        share: of the messages that are probably about something else.
        messages: how many were looked at.
        since: when the first of them was said.
        farthest: ids of those that are the least about the theme, the first first.
        is_long: whether it has left for long, is elsewhere still, and several take part: worth a gentle word.
    """

    score: float
    share: float
    messages: int
    since: datetime
    farthest: tuple[str, ...]
    is_long: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of a conversation: its id, who said it when, and its odds as `Theme.judge` gives them."""

    id: str
    member_id: str
    at: datetime
    odds: float


class Conversation:
    """The recent talk of one room; bounded, and a function of what was heard.

    Args:
        nudge: the score from which it has left; see `usual_score`.
    """

    def __init__(self, nudge: float = NUDGE) -> None:
        self._nudge = nudge
        self._heard: deque[Heard] = deque(maxlen=WINDOW)

    def hear(self, heard: Heard) -> Drift | None:
        """Take in the next message and return where the conversation is; None while too little was said."""
        if self._heard and heard.at - self._heard[-1].at > LONGEST_PAUSE:
            self._heard.clear()
        self._heard.append(heard)
        return measure(list(self._heard), self._nudge) if len(self._heard) == WINDOW else None

    def forget(self) -> None:
        """Begin anew, as after a nudge."""
        self._heard.clear()


def measure(heard: Sequence[Heard], nudge: float = NUDGE) -> Drift:
    """Return where a window of talk is.

    Args:
        heard: at least one message, the first first.
        nudge: the score from which it has left; see `usual_score`.
    """
    odds = np.clip([one.odds for one in heard], -_SURE, _SURE)
    ratios = _compare(odds)
    order = np.argsort(odds, kind="stable")[:3]
    is_elsewhere = float(ratios[-_STILL:].sum()) > 0 and len({one.member_id for one in heard}) >= _LEAST_MEMBERS
    score = round(float(ratios.sum()), 3)
    return Drift(
        score=score,
        share=round(float((1 / (1 + np.exp(odds))).mean()), 3),
        messages=len(heard),
        since=heard[0].at,
        farthest=tuple(heard[at].id for at in sorted(int(one) for one in order)),
        is_long=score >= nudge and is_elsewhere,
    )


def score_windows(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scores of windows as `Drift.score` has them.

    Args:
        odds: [windows, messages].
    """
    scores: NDArray[np.float64] = _compare(odds).sum(axis=-1)
    return scores


def _compare(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much likelier each message is in a conversation that has left, as a logarithm."""
    on = np.exp(np.clip(odds, -_SURE, _SURE))
    return np.log((DRIFTED + (1 - DRIFTED) * on) / (USUAL + (1 - USUAL) * on))


def topic_text(text: str) -> str:
    """Return what of a message is worth embedding; empty for fillers such as 哈哈, 嗯, [表情], 收到.

    Args:
        text: normalised.
    """
    said = " ".join(_LEFT_OUT.sub(" ", text).split())[:_LONGEST_TEXT]
    letters = {one.casefold() for one in said if one.isalpha()}
    return said if len(letters) >= _FEWEST_LETTERS and not _FILLER.fullmatch(said) else ""


def fit_theme(theme: NDArray[np.float32], subjects: Subjects, posts: NDArray[np.float32] | None = None) -> Theme:
    """Learn what belongs to a theme.

    The theme's own lines are too few to learn from; so they choose among subjects people talk about (`Subjects`) those
    that belong to them, and all the others are what does not. A theme of the craft of programmers begins with what was
    learned from their forums.

    Args:
        theme: vectors of what the owner wrote, a line each.
        subjects: sentences of many subjects, embedded by the same encoder.
        posts: vectors of titles of posts shared in the room.
    """
    own = theme if posts is None or not len(posts) else np.concatenate([theme, posts])
    belongs, is_craft = subjects.choose(theme)
    rows = np.concatenate([own, subjects.vectors]) - subjects.centre
    labels = np.concatenate([np.ones(len(own)), belongs])
    weights = _balance(labels, np.concatenate([np.full(len(own), _OWN / len(own)), np.ones(len(belongs))]))
    if is_craft and subjects.prior is not None:
        learned = _learn(rows, labels, weights, subjects.prior, _FAITHFUL)
    else:
        learned = _learn(rows, labels, weights, np.zeros(theme.shape[1] + 1), _RIDGE)
    direction = learned[:-1].astype(np.float32)
    return Theme(direction, float(learned[-1] - subjects.centre @ direction))


def join_vectors(parts: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the rows of several arrays, one after the other."""
    return np.concatenate(parts)


def usual_score(odds: Sequence[float]) -> float:
    """Return the score that one window in a hundred of a room's past reached, `NUDGE` at least.

    What a room has always been like is no drift; but a room that never keeps to its theme is told so all the same.

    Args:
        odds: of past messages, the first first.
    """
    if len(odds) < 2 * WINDOW:
        return NUDGE
    windows = np.lib.stride_tricks.sliding_window_view(np.array(odds), WINDOW)
    return round(float(np.clip(np.quantile(score_windows(windows), 0.99), NUDGE, MOST_USUAL)), 3)


def learn_prior(
    vectors: NDArray[np.float32], is_on_topic: NDArray[np.bool_], subjects: Subjects
) -> NDArray[np.float64]:
    """Return what messages of known subject say about the craft of programmers: weights and bias, around the centre."""
    rows = np.concatenate([vectors, subjects.vectors]) - subjects.centre
    labels = np.concatenate([is_on_topic, subjects.is_craft]).astype(float)
    return _learn(rows, labels, _balance(labels, np.ones(len(labels))), np.zeros(rows.shape[1] + 1), _RIDGE)


def _balance(labels: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weights with which both sides count the same."""
    both = [float(weights[labels == side].sum()) for side in (0, 1)]
    mean = sum(both) / 2
    return weights * np.where(labels == 1, mean / max(both[1], 1e-9), mean / max(both[0], 1e-9))


def _learn(
    rows: NDArray[np.float64] | NDArray[np.float32],
    labels: NDArray[np.float64],
    weights: NDArray[np.float64],
    start: NDArray[np.float64],
    ridge: float,
) -> NDArray[np.float64]:
    """Return logistic regression by Newton's method, drawn towards `start` by `ridge`; the last value is the bias."""
    wide = np.concatenate([rows, np.ones((len(rows), 1))], axis=1).astype(np.float64)
    pull = np.full(wide.shape[1], ridge)
    pull[-1] = ridge / 10
    found = start.astype(np.float64).copy()
    for _ in range(8):  # it has settled to four digits
        chance = 1 / (1 + np.exp(-np.clip(wide @ found, -30, 30)))
        slope = wide.T @ (weights * (chance - labels)) + pull * (found - start)
        curve = (wide * (weights * chance * (1 - chance))[:, None]).T @ wide + np.diag(pull)
        found -= np.linalg.solve(curve, slope)
    return found
