"""How much memory this process holds."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path


def resident_mb() -> float:
    """Return the process's present memory in MB of 10⁶, or its peak where the system does not tell the present."""
    status = Path("/proc/self/statm")
    if status.exists():
        return round(int(status.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)
