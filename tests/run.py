"""Runs the tests: `python -m tests.run [--fast] [arguments of pytest]`.

Plain pytest processes take the files one after another from a queue (`tests.file_queue`). Those that compute have a
core each, where their threads hand over to each other without waking a second one. Those that wait for other processes
(Node, browser, bots that are killed) run beside them, with precedence: their clocks run whatever the others compute.
A few that failed all the same are run once more when nothing runs beside them, and the end says so: how busy a machine
is decides no test. What fails only at times is a fault all the same, of a test or of the bot: it is printed last, to be
mended.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen
from typing import NamedTuple

from tests.file_queue import failed_of, files_in, fill

ROOT = Path(__file__).parent.parent
FAST = "not (node or browser or crash or soak or encoder or process or slow)"
# A file all of whose tests are left out is not even read: importing playwright alone takes a second.
_NOT_FAST = re.compile(
    r"^pytestmark = \[?pytest\.mark\.(?:node|browser|crash|soak|encoder|process|slow)\b", re.MULTILINE
)
_WHOLE = ("-m", "not soak")
_PATIENT = (*_WHOLE, "--timeout=600")  # others may take the cores
_WAITING = re.compile(r"pytest\.mark\.(?:node|browser|crash)\b")
_ENCODER = re.compile(r"pytest\.mark\.encoder\b")
_LONG = re.compile(r"pytest\.mark\.(?:slow|process)\b")
_WAITERS = 3
_NICE = 5  # a quarter of a core for who has to share it
_FEW = 5  # tests; more than that are no accident
_OK = {0, 5}  # 5: none of this process's tests was asked for
_MEMORY, _ROOM = Path("/dev/shm"), 1 << 30  # what is left of a test is removed at its end, so little is there at once
_SHOWN_EVERY = 30.0  # seconds
_COUNTS = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|deselected)\b")


class Done(NamedTuple):
    """How a pytest process ended.

    Attributes:
        result: its exit code.
        said: what it printed.
    """

    result: int
    said: str

    def counts(self) -> Counter[str]:
        """Return how many tests passed, failed and so on."""
        last_line = self.said.rstrip().rpartition("\n")[2]
        return Counter({what: int(number) for number, what in _COUNTS.findall(last_line)})


@dataclass(frozen=True, slots=True)
class Crew:
    """Processes that share a queue.

    Attributes:
        lines: what is in the queue: files that are run together.
        cores: for each process the core it keeps to, None for any.
        options: pytest's.
        nice: 0, or up to 19 for those that let others go first.
        folder: where they keep temporary files, None for the usual place.
    """

    lines: Sequence[Sequence[str]]
    cores: Sequence[int | None]
    options: Sequence[str]
    nice: int = 0
    folder: str | None = None


def find_files() -> dict[str, str]:
    """Return the sources of all files with tests by their paths, relative to the repository, large ones first."""
    paths = [path for path in (ROOT / "tests").rglob("test_*.py") if "node_modules" not in path.parts]
    paths.sort(key=lambda path: (-path.stat().st_size, path))  # as good as measured times
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in paths}


def put_in_order(files: dict[str, str]) -> list[list[str]]:
    """Return the lines of a queue: long tests first, so that no core waits for the last one.

    Files with the encoder are one line: what one of them had encoded is known to the next (see `conftest`).
    """
    encoder = [name for name, source in files.items() if _ENCODER.search(source)]
    others = sorted(files.keys() - encoder, key=[*files].index)
    others.sort(key=lambda name: not _LONG.search(files[name]))
    return [encoder] * bool(encoder) + [[name] for name in others]


def cores() -> list[int]:
    """Return the cores to use, at least two; a single one is shared."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [*range(os.cpu_count() or 2)]
    return (usable * 2)[: min(4, max(2, len(usable)))]


def find_memory() -> str | None:
    """Return a folder in memory that has room: thousands of small databases need no disk unless a test is about it."""
    is_there = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)
    return str(_MEMORY) if is_there and shutil.disk_usage(_MEMORY).free > _ROOM else None


def make_crews(files: dict[str, str], *, fast: bool) -> list[Crew]:
    """Say who runs what.

    Args:
        files: as `find_files` returns them.
        fast: whether to leave out all that waits or takes long.
    """
    if fast:
        kept = {name: source for name, source in files.items() if not _NOT_FAST.search(source)}
        return [Crew([[name] for name in kept], cores(), ("-m", FAST, "--hypothesis-profile", "fast"))]
    waiting = {name: source for name, source in files.items() if _WAITING.search(source)}
    computing = {name: source for name, source in files.items() if name not in waiting}
    return [
        Crew(put_in_order(waiting), [None] * _WAITERS, _PATIENT),
        Crew(put_in_order(computing), cores(), _WHOLE, _NICE, find_memory()),
    ]


def run_process(queue: Path, crew: Crew, core: int | None, arguments: Sequence[str]) -> Done:
    """Run one pytest process on a queue until it is empty."""
    given = ["-p", "tests.file_queue", f"--queue={queue}"]
    shown = ["-o", "console_output_style=classic"]  # nobody knows yet how many tests there will be
    return _run_pytest([*given, *shown, *crew.options, *arguments], crew.folder, crew.nice, core)


def run_again(tests: Sequence[str], arguments: Sequence[str]) -> Done:
    """Run tests that failed, one after the other with nothing beside them.

    Args:
        tests: their node ids.
        arguments: pytest's.
    """
    return _run_pytest([*_PATIENT, *arguments, *tests])


def _run_pytest(arguments: Sequence[str], folder: str | None = None, nice: int = 0, core: int | None = None) -> Done:
    # rewritten tests are compiled once, not at every run
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if folder:
        environment["TMPDIR"] = folder
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    process = Popen(command, cwd=ROOT, env=environment, stdout=PIPE, stderr=STDOUT, text=True, errors="replace")
    if nice:
        os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + nice)
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, {core})
    said, _ = process.communicate()
    return Done(process.returncode, said)


def run(crews: Sequence[Crew], arguments: Sequence[str]) -> int:
    """Run all processes, print what each one said and return the worst of their results."""
    began, ended = time.monotonic(), threading.Event()
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(1 + sum(len(crew.cores) for crew in crews)) as pool,
    ):
        queues = {Path(folder, str(number)): crew for number, crew in enumerate(crews)}
        for queue, crew in queues.items():
            fill(queue, crew.lines)
        pool.submit(_show_progress, [*queues], ended)
        work = [(queue, crew, core) for queue, crew in queues.items() for core in crew.cores]
        try:
            done = [*pool.map(lambda one: run_process(*one, arguments), work)]
        finally:
            ended.set()
        for one in sorted(done, key=lambda one: one.result not in _OK):  # what failed is read at the end
            print(one.said)
        mended = {queue for queue in queues if _passes_alone(queue, arguments)}
    counts = sum((one.counts() for one in done), Counter[str]())
    told = ", ".join(f"{number} {what}" for what, number in counts.items())
    print(f"{told} in {time.monotonic() - began:.0f} s with {len(done)} processes")
    ended_as = zip(work, done, strict=True)
    results = {0 if one.result == 1 and queue in mended else one.result for (queue, *_), one in ended_as}
    return max(map(abs, results - _OK), default=min(results))  # negative: killed by that signal


def _passes_alone(queue: Path, arguments: Sequence[str]) -> bool:
    """Run what failed of a queue once more, if it is little; tell whether all of it passes now."""
    path = failed_of(queue)
    failed = path.read_text("utf-8").splitlines() if path.exists() else []
    if not 0 < len(failed) <= _FEW:
        return False
    print("once more, with nothing beside:", *failed, sep="\n  ", flush=True)
    done = run_again(failed, arguments)
    print(done.said, "these pass alone" if done.result == 0 else "not all of these pass alone", *failed, sep="\n  ")
    return done.result == 0


def _show_progress(queues: Sequence[Path], ended: threading.Event) -> None:
    began, whole = time.monotonic(), sum(len(files_in(queue)) for queue in queues)
    while not ended.wait(_SHOWN_EVERY):
        taken = whole - sum(len(files_in(queue)) for queue in queues)
        print(f"{time.monotonic() - began:4.0f} s: {taken} of {whole} files begun", flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run what the command line asks for."""
    fast = "--fast" in arguments
    return run(make_crews(find_files(), fast=fast), [one for one in arguments if one != "--fast"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
