"""The most memory that this process ever held."""

from __future__ import annotations

import resource
from pathlib import Path

_STATUS = Path("/proc/self/status")
_MEBIBYTE = 1024 * 1024


def peak_mib() -> float:
    """Resident memory at its highest, in MiB.

    On Linux ``VmHWM`` of https://man7.org/linux/man-pages/man5/proc_pid_status.5.html: ``ru_maxrss`` also
    counts what the process that started this one held. Elsewhere ``ru_maxrss``, in bytes as macOS has it.
    """
    if _STATUS.exists():
        [line] = [line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEBIBYTE
