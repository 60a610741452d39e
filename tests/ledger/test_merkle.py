"""The tree and its proofs, held against an independent implementation (pymerkle)."""

from __future__ import annotations

import random
from functools import cache
from hashlib import sha256

import pytest
from pymerkle import InmemoryTree

from bot.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    completed_by,
    consistency_path,
    inclusion_path,
    inclusion_ranges,
    leaf_hash,
)
from bot.ledger.verify_receipt import check_growth, climb

pytestmark = pytest.mark.slow  # a thousand trees

MOST = 300
CASES = 1000


class Nodes:
    """The complete subtrees of a growing tree, by level and number."""

    def __init__(self) -> None:
        self.tree, self.known = Frontier(), {}
        self.roots = [self.tree.root()]

    def append(self, body: bytes) -> None:
        for level, found in enumerate(self.tree.append(leaf_hash(body))):
            self.known[level, (self.tree.size >> level) - 1] = found
        self.roots.append(self.tree.root())

    def read(self, level: int, number: int) -> bytes:
        return self.known[level, number]


BODIES = [f"entry {number}".encode() for number in range(MOST)]
OURS, THEIRS = Nodes(), InmemoryTree(algorithm="sha256")
for body in BODIES:
    OURS.append(body)
    THEIRS.append_entry(body)


def test_roots_agree_at_every_size() -> None:
    assert OURS.roots[0] == EMPTY_ROOT == sha256(b"").digest()
    assert [THEIRS.get_root(size) for size in range(1, MOST + 1)] == OURS.roots[1:]
    assert THEIRS.get_leaf(7) == leaf_hash(BODIES[6])


def test_a_thousand_random_inclusion_proofs_agree() -> None:
    dice = random.Random(1)
    for _ in range(CASES):
        size = dice.randint(1, MOST)
        index = dice.randrange(size)
        path = inclusion_path(index, size, OURS.read)
        proof = THEIRS.prove_inclusion(index + 1, size)
        assert proof.path == [leaf_hash(BODIES[index]), *path]
        proof.path = [leaf_hash(BODIES[index]), *path]
        proof.verify(leaf_hash(BODIES[index]), OURS.roots[size])
        assert climb(index, size - 1, leaf_hash(BODIES[index]), proof.path[1:])[1] == THEIRS.get_root(size)
        assert len(inclusion_ranges(index, size)) == len(path)


def test_a_thousand_random_consistency_proofs_agree() -> None:
    dice = random.Random(2)
    for _ in range(CASES):
        size = dice.randint(1, MOST)
        old = dice.choice([dice.randint(1, size), 1 << dice.randrange(size.bit_length())])
        path = consistency_path(old, size, OURS.read)
        assert path == rfc_subproof(old, 0, size, is_old_root=True)  # pymerkle's paths are not those of the RFC
        THEIRS.prove_consistency(old, size).verify(OURS.roots[old], OURS.roots[size])
        check_growth((old, THEIRS.get_root(old)), (size, THEIRS.get_root(size)), path)


def rfc_split(size: int) -> int:
    return max(1 << power for power in range(size.bit_length()) if 1 << power < size)


@cache
def rfc_hash(begin: int, end: int) -> bytes:
    """MTH of RFC 9162 §2.1.1, word for word."""
    if end - begin == 1:
        return sha256(b"\x00" + BODIES[begin]).digest()
    middle = begin + rfc_split(end - begin)
    return sha256(b"\x01" + rfc_hash(begin, middle) + rfc_hash(middle, end)).digest()


def rfc_subproof(old: int, begin: int, end: int, *, is_old_root: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162 §2.1.4.1, word for word."""
    if old == end - begin:
        return [] if is_old_root else [rfc_hash(begin, end)]
    split = rfc_split(end - begin)
    if old <= split:
        inner = rfc_subproof(old, begin, begin + split, is_old_root=is_old_root)
        return [*inner, rfc_hash(begin + split, end)]
    return [*rfc_subproof(old - split, begin + split, end, is_old_root=False), rfc_hash(begin, begin + split)]


def test_a_proof_for_anything_else_is_refused() -> None:
    dice = random.Random(3)
    for _ in range(CASES):
        size = dice.randint(2, MOST)
        old = dice.randint(1, size - 1)
        path, other = consistency_path(old, size, OURS.read), dice.choice(BODIES)
        forged = [
            ((old, sha256(other).digest()), (size, OURS.roots[size]), path),
            ((old, OURS.roots[old]), (size, sha256(other).digest()), path),
            ((old, OURS.roots[old]), (size, OURS.roots[size]), [*path, sha256(other).digest()]),
            ((old, OURS.roots[old]), (size, OURS.roots[size]), path[:-1]),
            ((size, OURS.roots[size]), (old, OURS.roots[old]), path),
        ]
        for case in forged:
            with pytest.raises((ValueError, IndexError)):
                check_growth(*case)


def test_a_path_is_only_the_path_of_its_own_leaf() -> None:
    for size in (1, 2, 3, 6, 8, 13):
        for index in range(size):
            path = inclusion_path(index, size, OURS.read)
            for other in set(range(size)) - {index}:
                try:
                    assert climb(other, size - 1, leaf_hash(BODIES[index]), path)[1] != OURS.roots[size]
                except ValueError:
                    continue
            with pytest.raises(ValueError, match="length"):
                climb(index, size - 1, leaf_hash(BODIES[index]), [*path, b"x"])
    with pytest.raises(ValueError, match="length"):
        climb(0, 1, leaf_hash(BODIES[0]), [])


def test_a_tree_goes_on_from_what_is_stored() -> None:
    for size in range(70):
        tree = Frontier(size, OURS.read)
        assert tree.root() == OURS.roots[size]
        assert tree.append(leaf_hash(BODIES[size])) == completed_by(size, leaf_hash(BODIES[size]), OURS.read)
        assert tree.root() == OURS.roots[size + 1]


def test_what_is_not_in_the_tree_has_no_proof() -> None:
    with pytest.raises(ValueError, match="no leaf 5"):
        inclusion_path(5, 5, OURS.read)
    with pytest.raises(ValueError, match="does not grow"):
        consistency_path(6, 5, OURS.read)
    assert consistency_path(0, 5, OURS.read) == []
