"""Runs the fast tests in plain pytest processes, one to a core: `python -m tests.fast [arguments of pytest]`.

Each process imports and collects its own share of the files only; with xdist every worker collects all of them.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen

MARKS = "not (node or browser or crash or soak or encoder or process or slow)"
# A file all of whose tests are left out is not even read: importing playwright alone takes a second.
UNUSED = re.compile(r"^pytestmark = \[?pytest\.mark\.(?:node|browser|crash|soak|encoder|process|slow)\b", re.MULTILINE)
ROOT = Path(__file__).parent.parent
OK = {0, 5}  # 5: none of this share's tests was asked for
# What a share makes is gone when it ends: looking for cycles before that is a tenth of its time.
PYTEST = "import gc, sys, pytest; gc.disable(); sys.exit(pytest.main(sys.argv[1:]))"


def find_files() -> list[Path]:
    """Return the files with tests that may run here."""
    found = (ROOT / "tests").rglob("test_*.py")
    return [path for path in found if "node_modules" not in path.parts and not UNUSED.search(path.read_text("utf-8"))]


def share_out(files: Sequence[Path], count: int) -> list[list[Path]]:
    """Deal the files out, large ones first, each to the share that has got least: as good as measured times."""
    shares: list[list[Path]] = [[] for _ in range(count)]
    sizes = [0] * count
    for file in sorted(files, key=lambda file: (-file.stat().st_size, file)):
        least = sizes.index(min(sizes))
        shares[least].append(file)
        sizes[least] += file.stat().st_size
    return shares


def cores() -> list[int]:
    """Return the cores to use, at least two; a single one is shared."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [*range(os.cpu_count() or 2)]
    return (usable * 2)[: min(4, max(2, len(usable)))]


def run_share(share: Sequence[Path], core: int, arguments: Sequence[str]) -> tuple[int, str]:
    """Run pytest on one core, where its threads hand over to each other without waking a second one.

    Returns:
        Its result and what it said.
    """
    options = ["-p", "no:cacheprovider", "--hypothesis-profile", "fast", "-m", MARKS, *arguments]
    # rewritten tests are compiled once, not at every run
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", PYTEST, *options, *map(str, share)]
    process = Popen(command, cwd=ROOT, env=environment, stdout=PIPE, stderr=STDOUT, text=True, errors="replace")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, {core})
    said, _ = process.communicate()
    return process.returncode, said


def run(arguments: Sequence[str]) -> int:
    """Run all shares, print what each one said and return the worst of their results."""
    began, used, files = time.monotonic(), cores(), find_files()
    with ThreadPoolExecutor(len(used)) as pool:
        done = [*pool.map(lambda *share: run_share(*share, arguments), share_out(files, len(used)), used)]
    for _, said in done:
        print(said)
    print(f"{len(files)} files in {len(used)} processes took {time.monotonic() - began:.1f} s")
    results = {result for result, _ in done}
    return max(results - OK, default=min(results))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
