"""The eighteen evasions do what their names say, the same again with the same seed, and are undone by revealing."""

from __future__ import annotations

import random

import pytest

from bot.moderation.contacts import find_contacts
from bot.moderation.evasions import EVASIONS, MIXTURES, evade
from bot.moderation.reposts import KnownAdverts
from bot.moderation.revealing import reveal

ADVERT = (
    "免费领取红包，日赚500元不是梦！加微信：hello_2026 或 QQ群 87654321，详情 https://www.abc123.com 名额有限，速来"
)
CHANGED = {
    "full-width": "ｈ", "invisible": "\u200b", "punctuation": "·", "space": "\u3000", "emoji": "🔥", "split": "讠",
    "combining": "\u0336",
    "vertical": "免\n费", "leet": "h3110", "traditional": "領", "pinyin": "mianfei", "initials": "mf",
    "padding": "。",
}  # fmt: skip


@pytest.mark.parametrize("name", [*EVASIONS, *MIXTURES])
def test_an_evasion_changes_the_text_the_same_way_with_the_same_seed(name: str) -> None:
    first, again, other = (evade(ADVERT, [name], 0.6, random.Random(seed)) for seed in (3, 3, 5))
    assert first == again != ADVERT
    assert other != ADVERT


@pytest.mark.parametrize(("name", "sign"), CHANGED.items())
def test_an_evasion_does_what_its_name_says(name: str, sign: str) -> None:
    assert sign in evade(ADVERT, [name], 1.0, random.Random(2))
    assert sign not in ADVERT or name == "padding"


@pytest.mark.parametrize(
    "name", [name for name in EVASIONS if name not in {"homophone", "leet", "space", "punctuation"}]
)
def test_the_contacts_of_a_disguised_advertisement_are_found(name: str) -> None:
    for seed in range(4):
        disguised = reveal(evade(ADVERT, [name], 0.5, random.Random(seed)))
        assert {"weixin", "invitation"} & {contact.kind for contact in find_contacts(disguised)}, disguised.text


@pytest.mark.parametrize("name", [*EVASIONS, *MIXTURES])
def test_a_disguised_advertisement_is_known_again(name: str) -> None:
    known = KnownAdverts()
    assert known.add("V1", reveal(ADVERT))
    for seed in range(6):
        found = known.find(reveal(evade(ADVERT, [name], 0.5, random.Random(seed))))
        assert found is not None
        assert found[0] == "V1"


@pytest.mark.parametrize("name", ["invisible", "punctuation", "combining", "vertical", "split"])
def test_what_is_blind_to_the_words_sees_the_disguise(name: str) -> None:
    assert reveal(evade(ADVERT, [name], 0.5, random.Random(1))).disguise >= 3


def test_an_unknown_evasion_is_refused() -> None:
    with pytest.raises(KeyError):
        evade("加微信", ["hypnosis"], 0.5, random.Random(1))
