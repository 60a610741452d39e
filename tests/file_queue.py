"""A queue of test files in a text file, a line for what one process runs in one go; and the plugin that takes from it.

`tests.run` starts pytest with `-p tests.file_queue --queue=FILE`. Each process imports and collects a file when it
takes it, so none is collected twice, and no core waits while there is a line left.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest


def fill(queue: Path, lines: Iterable[Iterable[str]]) -> None:
    """Write the queue.

    Args:
        queue: the file.
        lines: files that are run together, the first to be taken first.
    """
    queue.write_text("".join(" ".join(files) + "\n" for files in lines), "utf-8")


def take(queue: Path) -> list[str]:
    """Take the first line off and return its files, none when nothing is left; several processes may ask at once."""
    with queue.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        first, _, rest = file.read().partition("\n")
        file.seek(0)
        file.write(rest)
        file.truncate()
    return first.split()


def failed_of(queue: Path) -> Path:
    """Return the file that takes down what failed, a node id a line; it is there when something did."""
    return queue.with_suffix(".failed")


def files_in(queue: Path) -> list[str]:
    """Return the files that nobody has taken yet."""
    return queue.read_text("utf-8").split()


class FromQueue:
    """Runs what it takes from a queue instead of what the command line names."""

    def __init__(self, queue: Path) -> None:
        self._queue = queue
        self._files: dict[Path, pytest.Item | pytest.Collector] | None = None
        self._collected = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        """Find all files but look into none; a result keeps pytest from doing more."""
        session.perform_collect(files_in(self._queue), genitems=False)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the files, and nobody else from choosing among them: only tests are chosen."""
        if self._files is None:
            self._files = {file.path: file for file in items}
            items.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do what pytest does with the tests it has collected, taking more while they last."""
        items = self._items(session)
        item = next(items, None)
        while item is not None:
            following = next(items, None)  # tells which fixtures may stay
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            item = following
        session.testscollected = self._collected
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take down a test that failed."""
        self._take_down(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Take down a file that cannot be read."""
        self._take_down(report)

    def _take_down(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed:
            with failed_of(self._queue).open("a", encoding="utf-8") as failed:
                failed.write(report.nodeid + "\n")

    def _items(self, session: pytest.Session) -> Iterator[pytest.Item]:
        while files := take(self._queue):
            nodes = [self._files[session.config.invocation_params.dir / file] for file in files]
            session.items = [item for node in nodes for item in session.genitems(node)]
            session.config.hook.pytest_collection_modifyitems(
                session=session, config=session.config, items=session.items
            )
            self._collected += len(session.items)
            yield from session.items


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the queue."""
    parser.addoption("--queue", type=Path, help="take the files to run from this list")


def pytest_configure(config: pytest.Config) -> None:
    """Take over when a queue is named."""
    if queue := config.getoption("queue"):
        config.pluginmanager.register(FromQueue(queue))
