"""The full check: everything is computed anew from the entries, a page at a time, and held against what is stored.

One finding an entry, the most telling one. An entry that was changed keeps its place in the tree by the hash it was
written with, so that it is named alone and not everything after it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from bot.ledger import checkpoints_store, log_store
from bot.ledger.canonical import VERSION, no_float
from bot.ledger.checkpoints_store import StoredCheckpoint
from bot.ledger.findings import Finding, Report, What
from bot.ledger.log_store import Line, StoredEntry
from bot.ledger.merkle import HASH_BYTES, Frontier, inclusion_path, inclusion_ranges, leaf_hash
from bot.ledger.notes import read_checkpoint
from bot.ledger.receipts import read_proof
from bot.ledger.verify_receipt import RECEIPT, open_checkpoint
from bot.storage import Database

_MOST_FINDINGS = 100
_ABOUT_CHECKPOINTS = {
    What.SHORTER, What.ROOT, What.FORGED_CHECKPOINT, What.NO_KEY,
    What.OUTSIDE_SHORTER, What.OUTSIDE_ROOT, What.OUTSIDE_KEY,
}  # fmt: skip

_POSTED = re.compile(r"(\d{1,18}) [条笔]，指纹 ((?:[0-9a-f]{8} ?){2,8})")  # as a room reads it every day
_DECODER = json.JSONDecoder(parse_float=no_float, parse_constant=no_float)


class Claim(NamedTuple):
    """What somebody signed: the root of the log's first `size` entries.

    Attributes:
        size, root: of the checkpoint; of one that was posted in a room just the root's beginning.
        receipt: a receipt from outside; empty for a checkpoint.
        is_outside: whether it was kept outside the database.
    """

    size: int
    root: bytes
    receipt: str = ""
    is_outside: bool = False


def check_books(db: Database, origin: str, verifier: str | None, outside: Sequence[str] = ()) -> Report:
    """Compute the books anew and say what is not as it was written.

    Args:
        db: a snapshot.
        origin: the log's name.
        verifier: the public key; None when there is no key.
        outside: checkpoints and receipts that were kept outside the database, or posted lines such as
            「账本第 120 条，指纹 3f537b89 52db5924」, any number in a text.

    Raises:
        ValueError: a text from outside is none of these, or of another log.
    """
    check = _Check(db, verifier)
    for text in outside:
        check.add_outside(text, origin)
    check.add_stored()
    check.read_entries()
    check.compare_balances()
    return check.report()


class _Check:
    def __init__(self, db: Database, verifier: str | None) -> None:
        self._db = db
        self._verifier = verifier
        self._tree: Frontier | None = Frontier()
        self._expected = 0
        self._sums: Counter[str] = Counter()
        self._findings: list[Finding] = []
        self._count = 0
        self._claims: list[Claim] = []
        self._held = 0
        self._disturbing: list[Finding] = []  # after these the tree is not the one that was signed
        self._vouched = {False: 0, True: 0}  # by is_outside: up to where checkpoints that hold vouch for the log

    def add_stored(self) -> None:
        """Take the checkpoints of the database, as far as they are signed."""
        stored = checkpoints_store.all_checkpoints(self._db)
        if stored and self._verifier is None:
            self._add(What.NO_KEY, 0)
        vouched = 0
        for one in stored:
            if self._verifier is None or _is_signed(one, self._verifier):
                self._claims.append(Claim(one.size, one.root))
                vouched = one.size
            else:
                self._add(What.FORGED_CHECKPOINT, vouched, detail=str(one.size))

    def add_outside(self, text: str, origin: str) -> None:
        """Take what was kept outside: a checkpoint, a receipt, or lines that were posted in a room.

        Who signed it is only asked: its keeper trusts it.
        """
        text = text.replace("\r", "").strip()
        if posted := _POSTED.findall(text):
            self._claims += [Claim(int(size), bytes.fromhex(root), is_outside=True) for size, root in posted]
            return
        is_receipt = text.startswith(RECEIPT)
        note = text.partition("\n\n")[2] if is_receipt else text
        name, size, root = read_checkpoint(note)
        if name != origin:
            raise ValueError(f"那是 {name} 的检查点，这本账是 {origin}")
        try:
            open_checkpoint(note, self._verifier or "")
        except (ValueError, LookupError):
            self._add(What.OUTSIDE_KEY, 0)
        self._claims.append(Claim(size, root, text if is_receipt else "", is_outside=True))

    def read_entries(self) -> None:
        """Go through the log and the lines of its entries."""
        self._claims.sort(key=lambda claim: claim.size)
        self._hold_claims()
        after = log_store.BEFORE_ALL
        while page := log_store.page_after(self._db, after):
            lines = log_store.lines_between(self._db, after, page[-1].seq)
            for entry in page:
                self._read_entry(entry, lines.pop(entry.seq, []))
            self._add_strays(lines)
            after = page[-1].seq
        self._add_strays(log_store.lines_after(self._db, after))
        for claim in self._claims[self._held :]:
            what = What.OUTSIDE_SHORTER if claim.is_outside else What.SHORTER
            self._add(what, self._expected, claim.size - 1, str(claim.size))
        if key := log_store.repeated_key(self._db):
            self._add(What.DUPLICATE, key[1], detail=key[0])

    def compare_balances(self) -> None:
        """Hold the stored balances against the sums of the entries."""
        stored = Counter(log_store.balances(self._db))
        for account in sorted({*stored, *self._sums}):
            if stored[account] != self._sums[account]:
                self._add(What.BALANCES, None, detail=account)

    def report(self) -> Report:
        """Return what was found, the first bad entry first."""
        found = sorted(self._findings, key=self._rank)
        return Report(
            entries=self._expected,
            checkpoints=len(self._claims),
            root=self._tree.root().hex() if self._tree else "",
            findings=tuple(found),
            count=self._count,
        )

    def _rank(self, finding: Finding) -> tuple[bool, int, int]:
        """Return what puts the first bad entry first, and behind it what is only wrong for its sake."""
        if finding.first is None:
            return True, 0, 0
        inside = [one for one in self._disturbing if one.is_inside(finding)]
        cause = min(inside, key=lambda one: (one.width, one.first), default=finding)
        return False, cause.first or 0, finding.width

    def _add(self, what: What, first: int | None, last: int | None = None, detail: str = "") -> None:
        self._count += 1
        if len(self._findings) < _MOST_FINDINGS or first is None or what in _ABOUT_CHECKPOINTS:
            self._findings.append(Finding(what, first, last, detail))

    def _add_strays(self, lines: dict[int, list[Line]]) -> None:
        for seq in lines:
            self._add(What.STRAY_POSTING, seq if type(seq) is int else None)

    def _read_entry(self, entry: StoredEntry, lines: list[Line]) -> None:
        if entry.seq != self._expected and not self._skip_to(entry):
            return
        self._expected = entry.seq + 1
        in_itself, in_tree = self._read_body(entry, lines), self._grow(entry)
        if in_itself or in_tree:
            self._choose(in_itself, in_tree)
        if self._held < len(self._claims):
            self._hold_claims()

    def _skip_to(self, entry: StoredEntry) -> bool:
        """Say what is missing before an entry; False when its place is none that could come now."""
        self._tree = None
        if type(entry.seq) is not int or entry.seq < self._expected:
            self._add(What.ORDER, self._expected)
            return False
        self._add(What.MISSING, self._expected, entry.seq - 1)
        return True

    def _choose(self, in_itself: Finding | None, in_tree: Finding | None) -> None:
        """Keep the one of two findings about an entry that tells more."""
        is_elsewhere = in_itself is not None and in_itself.what is What.PLACE
        if wrong := in_itself if is_elsewhere else in_tree or in_itself:
            self._add(wrong.what, wrong.first, wrong.last, wrong.detail)
            if wrong.what in {What.PLACE, What.NODES, What.TYPE}:
                self._disturbing.append(wrong)

    def _hold_claims(self) -> None:
        """Hold what was signed over as many entries as have been read against the tree of these."""
        while self._held < len(self._claims) and self._claims[self._held].size <= self._expected:
            claim = self._claims[self._held]
            self._held += 1
            if self._tree is None or self._tree.size != claim.size:
                continue  # what is missing has been named
            if self._tree.root().startswith(claim.root):
                self._vouched[claim.is_outside] = claim.size
            else:
                what = What.OUTSIDE_ROOT if claim.is_outside else What.ROOT
                self._add(what, *self._differing(claim), str(claim.size))

    def _differing(self, claim: Claim) -> tuple[int, int]:
        """Return the entries among which the first one is that is not what was signed."""
        first, last = self._vouched[claim.is_outside], claim.size - 1
        if not claim.receipt:
            return first, last
        index, leaf, path = read_proof(claim.receipt)
        ranges = [(index, index + 1), *inclusion_ranges(index, claim.size)]
        read = log_store.node_reader(self._db)
        try:
            mine = [read(0, index), *inclusion_path(index, claim.size, read)]
        except LookupError:  # the nodes are damaged, which has been said
            return first, last
        differing = [one for one, own, signed in zip(ranges, mine, [leaf, *path], strict=True) if own != signed]
        begin, end = min(differing, default=(first, claim.size))
        return max(begin, first), end - 1

    def _read_body(self, entry: StoredEntry, lines: list[Line]) -> Finding | None:
        """Say what is wrong with an entry's content by itself, and add its lines to the sums."""
        seq, key, kind, at, body, _ = entry
        try:
            read = _decode(body)
            wanted = [(seq, account, fen, order) for account, fen, order in read["postings"]]
            off = self._add_up(wanted)
            named = (read["key"], read["kind"], read["at"], read["seq"])
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            return Finding(What.UNREADABLE, seq, detail=str(error) or type(error).__name__)
        if off:
            return Finding(What.UNBALANCED, seq, detail=str(off))
        if named != (key, kind, at, seq):
            what = What.COLUMNS if named[3] == seq else What.PLACE
            return Finding(what, seq, detail=str(named[3]))
        if wanted != lines or type(sum([line[2] for line in lines])) is not int:  # 9900.0 equals 9900
            return Finding(What.POSTINGS, seq)
        return None

    def _add_up(self, lines: list[Line]) -> int:
        """Add lines to the sums of their accounts, and return what they add up to themselves."""
        off = 0
        for _, account, fen, order in lines:
            if type(fen) is not int or type(order) is not int:
                raise ValueError(f"{fen!r} fen to {account!r}")
            self._sums[account] += fen
            off += fen
        return off

    def _grow(self, entry: StoredEntry) -> Finding | None:
        """Add an entry to the tree, and say whether it is the one that was written."""
        seq, body, hashes = entry.seq, entry.body, entry.hashes
        if type(body) is not bytes or type(hashes) is not bytes:
            if self._tree:
                self._tree.append(hashes[:HASH_BYTES] if type(hashes) is bytes else leaf_hash(_bytes_of(body)))
            return Finding(What.TYPE, seq)
        leaf = leaf_hash(body)
        written = hashes[:HASH_BYTES]
        above = self._tree.append(written) if self._tree else None
        if written != leaf:
            return Finding(What.CONTENT, seq)
        if above is not None and b"".join(above) != hashes:
            return Finding(What.NODES, *self._below(seq, above, hashes))
        return None

    def _below(self, seq: int, above: list[bytes], hashes: bytes) -> tuple[int, int]:
        """Return the entries below the lowest node that is not what follows from them."""
        stored = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
        pairs = zip(above, [*stored, *[b""] * len(above)], strict=False)
        level = next((level for level, (mine, theirs) in enumerate(pairs) if mine != theirs), 0)
        return seq >> level << level, seq


def _is_signed(stored: StoredCheckpoint, verifier: str) -> bool:
    try:
        return open_checkpoint(stored.note, verifier) == (stored.size, stored.root)
    except (ValueError, LookupError, AttributeError, TypeError):
        return False


def _decode(body: bytes | str) -> dict[str, Any]:
    text = body if isinstance(body, str) else body.decode()
    read, end = _DECODER.raw_decode(text)
    if end != len(text) or read["v"] != VERSION:
        raise ValueError("it does not end where it should, or is of another version")
    return cast("dict[str, Any]", read)


def _bytes_of(body: object) -> bytes:
    return body if isinstance(body, bytes) else str(body).encode(errors="replace")
