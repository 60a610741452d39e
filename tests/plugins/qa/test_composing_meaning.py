"""How near a sentence is to its passage by meaning, measured with the embedded encoder."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from bot.plugins.qa.composing import ELSEWHERE, LEAST_ALIKE, how_alike
from bot.plugins.qa.composing_evidence import Evidence
from bot.plugins.qa.files import read_posts
from bot.search.encoder import Encoder, load_encoder

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder("embedded")


def alike(encoder: Encoder, sentence: str, post: str) -> float:
    draft = read_posts(ROOT / "knowledge" / f"{post}.md", ROOT / "knowledge").drafts[0]
    nearest = Evidence(f"{draft.title}\n{draft.body}").nearest(sentence, 3)
    vectors = encoder.encode_queries([sentence, *ELSEWHERE, *nearest])
    cosines = np.asarray(vectors[1:] @ vectors[0])
    return how_alike(cosines[: len(ELSEWHERE)], cosines[len(ELSEWHERE) :])


@pytest.mark.encoder
@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.soak)])
def test_rephrased_sentences_are_near_their_post_and_far_from_others(encoder: Encoder, step: int) -> None:
    rows = (ROOT / "tests" / "data" / "composing" / "supported.tsv").read_text(encoding="utf-8").splitlines()
    labelled = [tuple(row.split("\t")) for row in rows[::step]]
    posts, choose = sorted({post for post, _ in labelled}), random.Random(2)
    own = [alike(encoder, sentence, post) for post, sentence in labelled]
    other = [
        alike(encoder, sentence, choose.choice([one for one in posts if one != post])) for post, sentence in labelled
    ]
    assert min(own) >= LEAST_ALIKE  # .59
    assert sum(value < LEAST_ALIKE for value in other) >= len(other) - 1
