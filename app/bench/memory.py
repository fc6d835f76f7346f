"""What this process holds now."""

import os
from pathlib import Path


def resident_mb() -> float | None:
    """Return the resident memory of this process; None where the system does not tell."""
    path = Path("/proc/self/statm")
    if not path.exists():
        return None
    pages = int(path.read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
