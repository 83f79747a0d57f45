"""What a job made, and what it found out."""

from __future__ import annotations

from shared.domain.audio_quality import QualityMetrics
from shared.domain.file_tags import FileTags
from shared.domain.record import Record
from shared.domain.workflows import WorkflowResult


class JobOutput(Record):
    """One stored output: the name its owner sees, and its key in the transcripts bucket."""

    filename: str
    key: str
    content_type: str
    size_bytes: int


class TranscriptionResult(Record):
    """What a list or an e-mail shows of a transcript without opening it.

    The language's probability is null where nobody measured it: the owner named the language, or nobody
    spoke.
    """

    language: str
    language_probability: float | None = None
    duration_seconds: float
    preview: str
    model: str


class OperationResult(Record):
    """What a job of the audio toolbox found out; what it made are the job's outputs.

    ``damaged_packets`` were skipped. ``gain_db`` is what a loudness target took. ``bytes_read`` is what a
    clip took of the stored file, 0 where the clip was there already.
    """

    duration_seconds: float
    quality: QualityMetrics | None = None
    tags: FileTags | None = None
    damaged_packets: int = 0
    gain_db: float | None = None
    bytes_read: int | None = None


JobResult = TranscriptionResult | OperationResult | WorkflowResult
