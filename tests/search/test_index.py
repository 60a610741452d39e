import numpy as np
import pytest

from bot.search.index import CommunityIndex, VectorIndex


def _vectors(count: int, dimension: int = 16) -> np.ndarray:
    made = np.random.default_rng(1).standard_normal((count, dimension)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.mark.parametrize("compress_beyond", [1_000, 50])
def test_the_nearest_come_first_also_when_compressed(compress_beyond: int) -> None:
    vectors = _vectors(100)
    index = VectorIndex(16, compress_beyond)
    index.add(range(200, 300), vectors)
    assert index.is_compressed is (compress_beyond < 100)
    expected = (vectors @ vectors[7]).argsort()[::-1][:5] + 200
    found = index.search(vectors[7], 5)
    assert list(found) == expected.tolist()
    assert found[207] == pytest.approx(1, abs=1e-2)


def test_adding_and_removing_go_on_after_compression() -> None:
    vectors = _vectors(100)
    index = VectorIndex(16, 50)
    index.add(range(60), vectors[:60])
    index.add(range(60, 100), vectors[60:])
    index.remove([7, 1_000])
    assert len(index) == 99
    assert 7 not in index.search(vectors[7], 99)


def test_an_empty_index_finds_nothing() -> None:
    assert VectorIndex(16).search(_vectors(1)[0], 5) == {}


def test_only_the_named_scopes_are_searched() -> None:
    vectors = _vectors(3)
    index = CommunityIndex(16)
    index.add([(1, "free/", vectors[0]), (2, "member/", vectors[1]), (3, "free/a", vectors[2])])
    assert set(index.search(vectors[0], ["free/", "free/a"], 10)) == {1, 3}
    index.remove([3])
    assert len(index) == 2


@pytest.mark.parametrize("compress_beyond", [1_000, 50])
def test_only_the_named_vectors_are_searched(compress_beyond: int) -> None:
    vectors = _vectors(100)
    index = VectorIndex(16, compress_beyond)
    index.add(range(100), vectors)
    assert set(index.search(vectors[7], 5, np.array([3, 4, 99]))) == {3, 4, 99}
    assert index.search(vectors[7], 5, np.array([], np.int64)) == {}


def test_a_community_goes_over_to_half_precision_as_a_whole_and_finds_the_same() -> None:
    vectors = _vectors(120)
    small, large = CommunityIndex(16), CommunityIndex(16, compress_beyond=100)
    items = [(number, "free/" if number % 3 else "member/", vectors[number]) for number in range(120)]
    for start in range(0, 120, 40):
        for index in (small, large):
            index.add(items[start : start + 40])
        assert large.is_compressed is (start == 80)
    for index in (small, large):
        index.remove(range(30))
        index.add([(500, "free/b", vectors[0])])
    assert (len(large), large.is_compressed, small.is_compressed) == (91, True, False)
    for question in vectors[:20]:
        exact, found = (index.search(question, ["free/", "member/", "free/b"], 5) for index in (small, large))
        assert list(found) == list(exact)
        assert list(found.values()) == pytest.approx(list(exact.values()), abs=2e-3)
