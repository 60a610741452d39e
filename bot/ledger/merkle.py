"""The Merkle tree of the log: hashes, roots and proofs as RFC 6962 and RFC 9162 (§2.1 of both) define them.

Proofs are verified by `bot.ledger.verify_receipt`, the file that payers have too.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

ReadNode = Callable[[int, int], bytes]
"""Returns the hash of a complete subtree by level and number: 2^level leaves, beginning with leaf number·2^level."""

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(body: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees side by side."""
    return sha256(b"\x01" + left + right).digest()


def completed_by(index: int, leaf: bytes, read: ReadNode) -> list[bytes]:
    """Return the hashes of the subtrees that a new leaf completes, its own first: one and a half on average.

    Args:
        index: the leaf's place, counted from 0.
        leaf: its hash.
        read: knows the subtrees that were complete before.
    """
    hashes = [leaf]
    while index & 1:  # a right child: what is above it is complete now
        hashes.append(node_hash(read(len(hashes) - 1, index - 1), hashes[-1]))
        index >>= 1
    return hashes


class Frontier:
    """The right edge of a growing tree: its largest complete subtrees, from which the root follows.

    Args:
        size: how many leaves there are already.
        read: knows the complete subtrees of these; not needed for an empty tree.
    """

    def __init__(self, size: int = 0, read: ReadNode | None = None) -> None:
        self.size = size
        self._edge: dict[int, bytes] = {}
        for level in range(size.bit_length()):
            if size >> level & 1:
                assert read is not None
                self._edge[level] = read(level, (size >> level) - 1)

    def append(self, leaf: bytes) -> list[bytes]:
        """Add a leaf's hash and return the hashes of the subtrees it completes, its own first."""
        hashes, edge, level = [leaf], self._edge, 0
        while level in edge:  # a right child, as in `completed_by`, which this is a faster form of
            leaf = sha256(b"\x01" + edge.pop(level) + leaf).digest()
            hashes.append(leaf)
            level += 1
        edge[level] = leaf
        self.size += 1
        return hashes

    def root(self) -> bytes:
        """Return the hash of the whole tree."""
        found: bytes | None = None
        for level in sorted(self._edge):
            found = self._edge[level] if found is None else node_hash(self._edge[level], found)
        return EMPTY_ROOT if found is None else found


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Return the leaves (begin, end) below each hash of an inclusion path, from the leaf's sibling upwards.

    Raises:
        ValueError: a tree of `size` leaves has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    ranges, begin, end = [], 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((begin, middle))
            begin = middle
    return ranges[::-1]


def inclusion_path(index: int, size: int, read: ReadNode) -> list[bytes]:
    """Return what proves that a leaf is in the tree of the first `size` leaves (RFC 9162 §2.1.3.1).

    Raises:
        ValueError: there is no such leaf.
    """
    return [_range_hash(begin, end, read) for begin, end in inclusion_ranges(index, size)]


def consistency_path(old_size: int, size: int, read: ReadNode) -> list[bytes]:
    """Return what proves that a tree begins with the leaves of an older one (RFC 9162 §2.1.4.1).

    Nothing is needed for an empty older tree.

    Raises:
        ValueError: the older tree is larger than the newer one.
    """
    if not 0 <= old_size <= size:
        raise ValueError(f"a tree of {size} leaves does not grow out of one of {old_size}")
    if old_size == 0:
        return []
    path, begin, end, is_old_root = [], 0, size, True
    while old_size < end:
        middle = begin + _split(end - begin)
        if old_size <= middle:
            path.append(_range_hash(middle, end, read))
            end = middle
        else:
            path.append(_range_hash(begin, middle, read))
            begin, is_old_root = middle, False
    if not is_old_root:
        path.append(_range_hash(begin, end, read))
    return path[::-1]


def _split(size: int) -> int:
    """Return the largest power of two below `size`: where RFC 9162 parts a tree."""
    return 1 << (size - 1).bit_length() - 1


def _range_hash(begin: int, end: int, read: ReadNode) -> bytes:
    """Return the hash over leaves `begin` to `end`, as a proof meets them: `begin` is a multiple of their split."""
    found: bytes | None = None
    while end > begin:  # from the right: the smallest complete subtree first
        level = (end - begin & begin - end).bit_length() - 1
        piece = read(level, (end >> level) - 1)
        found = piece if found is None else node_hash(piece, found)
        end -= 1 << level
    assert found is not None
    return found
