"""The most memory that a process ever held."""

from __future__ import annotations

import resource
from pathlib import Path

import psutil

_MEBIBYTE = 1024 * 1024


def peak_mib(pid: int | None = None) -> float:
    """Resident memory of this process, or another, at its highest, in MiB.

    On Linux ``VmHWM`` of https://man7.org/linux/man-pages/man5/proc_pid_status.5.html: ``ru_maxrss`` also
    counts what the process that started this one held. Elsewhere ``ru_maxrss``, in bytes as macOS has it, and
    what another process holds now.
    """
    status = Path(f"/proc/{pid or 'self'}/status")
    if status.exists():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024
    if pid is not None:
        return psutil.Process(pid).memory_info().rss / _MEBIBYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEBIBYTE
