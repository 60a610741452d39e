"""What a check of the books found, in the words of the owner (Chinese) and of the command line (English)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class What(StrEnum):
    """What is wrong."""

    MISSING = "missing"
    ORDER = "order"
    TYPE = "type"
    CONTENT = "content"
    UNREADABLE = "unreadable"
    PLACE = "place"
    COLUMNS = "columns"
    UNBALANCED = "unbalanced"
    POSTINGS = "postings"
    NODES = "nodes"
    STRAY_POSTING = "stray_posting"
    DUPLICATE = "duplicate"
    BALANCES = "balances"
    SHORTER = "shorter"
    ROOT = "root"
    FORGED_CHECKPOINT = "forged_checkpoint"
    NO_KEY = "no_key"
    OUTSIDE_SHORTER = "outside_shorter"
    OUTSIDE_ROOT = "outside_root"
    OUTSIDE_KEY = "outside_key"


_WORDS: dict[What, tuple[str, str]] = {
    What.MISSING: ("removed from the middle", "被删掉了"),
    What.ORDER: ("out of order", "不在它的位置上"),
    What.TYPE: ("its content is not stored as bytes any more: somebody edited it", "的存储类型被改过"),
    What.CONTENT: ("its content is not what was written: the hash differs", "的内容被改过，和写入时的指纹不一致"),
    What.UNREADABLE: ("its content is no entry: {detail}", "的内容读不出来"),
    What.PLACE: ("its content says it is entry {detail}: entries were swapped", "写的是第 #{detail} 笔，被调换过"),
    What.COLUMNS: ("its key, kind or time column differs from its content", "的索引和内容不一致"),
    What.UNBALANCED: ("its lines add up to {detail} fen instead of 0", "借贷不平，差 {detail} 分"),
    What.POSTINGS: ("its lines in the accounts differ from its content", "的分录和内容不一致"),
    What.NODES: ("the Merkle nodes do not follow from the entries", "的校验树被改过"),
    What.STRAY_POSTING: ("a line in the accounts belongs to no entry", "只剩分录，没有流水"),
    What.DUPLICATE: ("a second entry with the key {detail}", "和前面的一笔重复（{detail}）"),
    What.BALANCES: ("the balance of {detail} is not the sum of its lines", "账户 {detail} 的余额和流水对不上"),
    What.SHORTER: ("removed: checkpoint {detail} was signed over a longer log", "被删掉了：检查点 {detail} 签的账更长"),
    What.ROOT: ("rewritten after checkpoint {detail} was signed", "在检查点 {detail} 签名以后被改写"),
    What.FORGED_CHECKPOINT: ("checkpoint {detail} is not what was signed with the key", "起的检查点 {detail} 是伪造的"),
    What.NO_KEY: ("checkpoints, but no ledger.key to verify them with", "起的检查点没法核对：少了 ledger.key"),
    What.OUTSIDE_SHORTER: (
        "removed: the checkpoint from outside ({detail} entries) is longer",
        "被删掉了：外面存的检查点有 {detail} 笔",
    ),
    What.OUTSIDE_ROOT: (
        "the history was rewritten and signed again: it is not that of the checkpoint from outside ({detail} entries)",
        "起的历史被改写后重新签过，和外面存的检查点（{detail} 笔）不一致",
    ),
    What.OUTSIDE_KEY: (
        "the checkpoint from outside was signed with another key",
        "起的账没法核对：外面存的检查点不是用这把钥匙签的",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        what: see there.
        first: the first entry it is about; None when it is about none, as a balance.
        last: the last one, when nothing tells which of several it is.
        detail: what fills the blank of its words.
    """

    what: What
    first: int | None
    last: int | None = None
    detail: str = ""

    @property
    def english(self) -> str:
        """One line for the command line."""
        words = _WORDS[self.what][0].format(detail=self.detail)
        if self.first is None:
            return words
        place = f"{self.first} to {self.last}" if self.width > 1 else f"{self.first}"
        return f"entry {place}: {words}"

    @property
    def chinese(self) -> str:
        """One line for the owner."""
        words = _WORDS[self.what][1].format(detail=self.detail)
        if self.first is None:
            return words
        place = f"#{self.first} 到 #{self.last} " if self.width > 1 else f"#{self.first} "
        return f"流水 {place}{words}"

    @property
    def width(self) -> int:
        """How many entries it may be."""
        return 1 if self.first is None or self.last is None else self.last - self.first + 1

    def is_inside(self, other: Finding) -> bool:
        """Whether it tells more exactly what is wrong among the entries of another finding."""
        if self.first is None or other.first is None or self.width >= other.width:
            return False
        return other.first <= self.first and self.first + self.width <= other.first + other.width


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a check found.

    Attributes:
        entries: how many the log has.
        checkpoints: how many were held against it, those from outside included.
        root: the Merkle root in hexadecimal; empty when the log is too damaged to have one.
        findings: the first bad entry first.
        count: how many findings there are; only the first hundred of the entries are listed.
    """

    entries: int
    checkpoints: int
    root: str
    findings: tuple[Finding, ...]
    count: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    @property
    def chinese(self) -> str:
        """What the owner reads: one line, or the first bad entry and how many more there are."""
        if self.is_whole:
            signed = f"，{self.checkpoints} 个检查点都对得上" if self.checkpoints else "，还没有签过检查点"
            return f"账本完好：{self.entries} 笔流水的内容、分录、余额和校验树一致{signed}。"
        more = f"另外还有 {self.count - 1} 处。" if self.count > 1 else ""
        return f"账本被动过！第一处：{self.findings[0].chinese}。{more}请先备份现场，再用最近一份完好的备份对照。"

    @property
    def english(self) -> str:
        """The same for the command line."""
        if self.is_whole:
            return f"whole: {self.entries} entries, {self.checkpoints} checkpoints, root {self.root}"
        return "\n".join(["NOT whole, the first fault first:", *(finding.english for finding in self.findings)])
