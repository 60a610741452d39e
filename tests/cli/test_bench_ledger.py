"""What `bench ledger` measures is a ledger like the bot's own."""

from pathlib import Path

import pytest

from bot.cli.bench_ledger import run_bench

pytestmark = pytest.mark.slow


def test_the_books_are_filled_signed_proven_and_checked(tmp_path: Path) -> None:
    said: list[str] = []
    found = run_bench(tmp_path, 700, said.append)
    assert said[0] == "正在记 700 笔……"
    assert (found["entries"], found["receipt_bytes"] > 1000) == (700, True)
    assert {*found} == {
        "entries", "append_per_s", "append_ms_p99", "proof_ms_p50", "proof_ms_p99", "receipt_bytes", "checkpoint_s",
        "verify_s", "verify_cpu_s", "database_mb", "rss_mb",
    }  # fmt: skip
