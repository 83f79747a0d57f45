"""The queues in which jobs wait for a worker."""

from __future__ import annotations

from enum import StrEnum


class WorkQueue(StrEnum):
    """A queue of jobs, each worked by one service, which takes those of priority first."""

    TRANSCRIPTION = "transcription"
    TRANSCRIPTION_PRIORITY = "transcription-priority"
    CONVERSION = "conversion"
    CONVERSION_PRIORITY = "conversion-priority"

    @classmethod
    def of(cls, *, is_transcription: bool, priority: bool) -> WorkQueue:
        """Where a job waits: all of the audio toolbox have one service."""
        if is_transcription:
            return cls.TRANSCRIPTION_PRIORITY if priority else cls.TRANSCRIPTION
        return cls.CONVERSION_PRIORITY if priority else cls.CONVERSION
