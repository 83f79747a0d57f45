"""The work of a job of the audio toolbox: open the stored file, let the operation run, store what it made.

What measures and draws is imported by the first job that needs it: librosa, SciPy and Matplotlib take a
second or two, and more memory than all the rest.

An output is made in a file without a name and stored when it is whole, so the bucket never holds half of
one. A split stores its parts one by one: one that fails half-way removes those it stored.
"""

from __future__ import annotations

import base64

from services.converter.input_file import Limits, Report
from services.converter.operations.clip import clip
from services.converter.operations.convert import convert
from services.converter.operations.metadata import write_metadata
from services.converter.operations.split import split
from services.converter.outputs import Outputs, delete_outputs
from services.converter.scratch import scratch_file
from services.converter.shown_tags import shown
from services.converter.tagging.reading import read_tags
from services.converter.tagging.tags import MOST_COVER_BYTES
from shared.domain.audio_formats import FORMATS, AudioFormat
from shared.domain.audio_operations import (
    AnalyseOptions,
    ClipOptions,
    ConvertOptions,
    MetadataOptions,
    SpectrogramOptions,
    SplitOptions,
)
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.filenames import output_filename
from shared.domain.jobs import Job, Timings
from shared.domain.object_keys import clip_key, cover_key
from shared.domain.results import OperationResult
from shared.media.ranged_reader import RangedReader
from shared.ports.clock import Clock
from shared.ports.object_store import ObjectMissing, ObjectStore
from shared.worker.work import FinishedWork, Progress

CLIP_BLOCK_BYTES = 256 * 1024
"""A clip takes a few hundred kilobytes of a file: the usual blocks would be most of what is read."""

MOST_SHARE = 99
"""Percent of the progress that the operation itself makes; the last is the end of the job."""


class ConversionHandler:
    """A ``JobHandler``: safe to call from several threads, and twice for the same job.

    ``audio`` and ``transcripts`` are the two buckets; outputs go to the second.
    """

    def __init__(
        self, *, audio: ObjectStore, transcripts: ObjectStore, clock: Clock, max_audio_minutes: float
    ) -> None:
        self._audio = audio
        self._transcripts = transcripts
        self._clock = clock
        self._max_audio_seconds = max_audio_minutes * 60

    def __call__(self, job: Job, progress: Progress) -> FinishedWork:
        """Do the job. Raises ``PermanentError`` for what is wrong with the file or can't be done to it."""
        started = self._clock.monotonic()
        outputs = Outputs(self._transcripts, job, self._clock)
        try:
            result = self._do(job, outputs, lambda share: progress.report(share * MOST_SHARE))
        except PermanentError:
            self.discard(job.user_id, job.job_id)
            raise
        work_seconds = self._clock.monotonic() - started - outputs.seconds
        timings = Timings(decode_ms=work_seconds * 1000, store_ms=outputs.seconds * 1000)
        return FinishedWork(result=result, outputs=tuple(outputs.stored), timings=timings)

    def discard(self, user_id: str, job_id: str) -> None:
        """A ``Discard``: removes all outputs that a try at the job may have stored."""
        delete_outputs(self._transcripts, user_id, job_id)

    def _do(self, job: Job, outputs: Outputs, report: Report) -> OperationResult:
        match job.operation:
            case ConvertOptions() as options:
                return self._convert(job, options, outputs, report)
            case SplitOptions() as options:
                return self._split(job, options, outputs, report)
            case ClipOptions() as options:
                return self._clip(job, options, outputs)
            case AnalyseOptions() as options:
                from services.converter.operations.analyse import analyse

                quality = analyse(self._source(job), options, limits=self._limits(job), report=report)
                return OperationResult(duration_seconds=quality.duration_seconds, quality=quality)
            case MetadataOptions() as options:
                return self._metadata(job, options, outputs)
            case SpectrogramOptions() as options:
                return self._draw(job, options, outputs, report)
            case _:
                raise ValueError(f"a job of type {job.type} names no operation")

    def _limits(self, job: Job) -> Limits:
        return Limits(job.longest_seconds(self._max_audio_seconds))

    def _source(self, job: Job) -> RangedReader:
        return RangedReader(self._audio, job.file.key)

    def _convert(
        self, job: Job, options: ConvertOptions, outputs: Outputs, report: Report
    ) -> OperationResult:
        with scratch_file() as target:
            made = convert(self._source(job), target, options, limits=self._limits(job), report=report)
            outputs.add(target, _named(job, options.format), FORMATS[options.format].content_type)
        return OperationResult(
            duration_seconds=round(made.duration_seconds, 3),
            damaged_packets=made.damaged_packets,
            gain_db=None if made.gain is None else round(made.gain.gain_db, 2),
        )

    def _split(self, job: Job, options: SplitOptions, outputs: Outputs, report: Report) -> OperationResult:
        end_ms = 0.0
        for part in split(self._source(job), options, limits=self._limits(job), report=report):
            with part.file:
                filename = f"{part.name}.{part.form.value}"
                outputs.add(part.file, filename, FORMATS[part.form].content_type)
            end_ms = max(end_ms, part.end_ms)
        return OperationResult(duration_seconds=round(end_ms / 1000, 3))

    def _clip(self, job: Job, options: ClipOptions, outputs: Outputs) -> OperationResult:
        key = clip_key(job.file.file_id, options.start_time_ms, options.end_time_ms)
        filename, content_type = _named(job, AudioFormat.MP3), FORMATS[AudioFormat.MP3].content_type
        try:
            stat = self._transcripts.stat(key)
        except ObjectMissing:
            source = RangedReader(self._audio, job.file.key, CLIP_BLOCK_BYTES)
            with scratch_file() as target:
                made = clip(source, target, options)
                outputs.put(key, target, filename, content_type)
            self._remove_orphan(job, key)
            return OperationResult(duration_seconds=made.duration_ms / 1000, bytes_read=source.bytes_read)
        outputs.note(key, filename, content_type, stat.size_bytes)
        return OperationResult(duration_seconds=options.duration_ms / 1000, bytes_read=0)

    def _remove_orphan(self, job: Job, key: str) -> None:
        """Whoever deletes a file deletes its audio, then its clips: a clip stored after that goes here."""
        try:
            self._audio.stat(job.file.key)
        except ObjectMissing as gone:
            self._transcripts.delete(key)
            raise PermanentError(Fault.FILE_MISSING) from gone

    def _metadata(self, job: Job, options: MetadataOptions, outputs: Outputs) -> OperationResult:
        source = self._source(job)
        if not options.writes:
            return OperationResult(duration_seconds=0, tags=shown(read_tags(source)))
        with scratch_file() as target:
            form, tags = write_metadata(source, target, self._with_cover(job, options))
            outputs.add(target, _named(job, form), FORMATS[form].content_type)
        return OperationResult(duration_seconds=0, tags=shown(tags))

    def _with_cover(self, job: Job, options: MetadataOptions) -> MetadataOptions:
        if not options.cover_stored:
            return options
        try:
            image = self._transcripts.read_range(cover_key(job.user_id, job.job_id), 0, MOST_COVER_BYTES + 1)
        except ObjectMissing as error:
            raise PermanentError(Fault.FILE_MISSING) from error
        return options.model_copy(update={"cover": base64.b64encode(image).decode()})

    def _draw(
        self, job: Job, options: SpectrogramOptions, outputs: Outputs, report: Report
    ) -> OperationResult:
        from services.converter.operations.spectrogram import draw

        extension, content_type = (
            ("json", "application/json") if options.kind == "peaks" else ("png", "image/png")
        )
        with scratch_file() as target:
            seconds = draw(self._source(job), target, options, limits=self._limits(job), report=report)
            filename = output_filename(job.file.filename, extension, nameless=options.kind)
            outputs.add(target, filename, content_type)
        return OperationResult(duration_seconds=round(seconds, 3))


def _named(job: Job, form: AudioFormat) -> str:
    return output_filename(job.file.filename, form.value, nameless="audio")
