"""The queues in which jobs wait for a worker."""

from __future__ import annotations

from enum import StrEnum


class WorkQueue(StrEnum):
    """A queue of jobs, each worked by one service, which takes those of priority first."""

    TRANSCRIPTION = "transcription"
    TRANSCRIPTION_PRIORITY = "transcription-priority"
    CONVERSION = "conversion"
    CONVERSION_PRIORITY = "conversion-priority"
