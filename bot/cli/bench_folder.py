"""The folder of a measurement: on the disk that is asked about, and gone however the run ends."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

_ENDS = (signal.SIGTERM, signal.SIGHUP)
"""What ends a run from outside; SIGINT is an exception already."""


@contextmanager
def bench_folder() -> Iterator[Path]:
    """Yield a new folder in the current one, and remove it in the end, also when the run is ended by a signal."""
    minded = [number for number in _ENDS if signal.getsignal(number) != signal.SIG_IGN]  # `nohup` sets that
    before = {number: signal.signal(number, _leave) for number in minded}
    try:
        with tempfile.TemporaryDirectory(prefix="qunzhi-bench-", dir=".", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)  # a second one does not wait
    raise SystemExit(128 + number)
