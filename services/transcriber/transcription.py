"""One file's transcript, grown window by window."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import fmean

from services.transcriber.audio_decoder import SAMPLE_RATE
from services.transcriber.engine import Engine, HeardSegment, Hearing, HearingRequest
from services.transcriber.quality import mean_confidence, quality_of
from services.transcriber.second_hearing import CheckedSegment, SecondHearing
from services.transcriber.windows import Window
from shared.domain.jobs import Job, TranscriptionOptions
from shared.domain.languages import AUTO, UNDETERMINED
from shared.domain.transcript import Segment, Transcript, Word
from shared.worker.work import Progress

LEAST_PROBABILITY = 1e-4
"""Below it a word's probability is as good as none; zero has no logarithm."""


class Transcription:
    """Hears windows in order, then becomes a :class:`Transcript`.

    A language that is to be found is found in the first window with speech and kept: a file that
    changed language from window to window on a doubtful guess would be worse than one wrong window.
    """

    def __init__(self, engine: Engine, options: TranscriptionOptions, progress: Progress) -> None:
        self._engine = engine
        self._progress = progress
        self._request = HearingRequest(
            language=None if options.language == AUTO else options.language,
            task=options.task,
            word_timestamps=options.word_timestamps,
            prompt=options.prompt,
            hotwords=options.hotwords,
        )
        self._language_probability: float | None = None
        self._speech_seconds = 0.0
        self._duration_seconds = 0.0
        self._segments: list[Segment] = []

    def hear(self, window: Window, *, expected_seconds: float | None) -> None:
        """Add a window. ``expected_seconds`` is the file's length by its header, for the progress."""
        self._duration_seconds = window.start_seconds + len(window.samples) / SAMPLE_RATE
        total_seconds = self._duration_seconds
        if not window.is_last and expected_seconds:
            total_seconds = max(total_seconds, expected_seconds)
        self._report(window.start_seconds, total_seconds)
        hearing = self._engine.hear(window.samples, self._request)
        self._keep_language(hearing)
        self._speech_seconds += sum(span.end - span.start for span in hearing.speech)
        heard: list[HeardSegment] = []
        for segment in hearing.segments:
            heard.append(segment)
            self._report(window.start_seconds + segment.end, total_seconds)
        second_hearing = SecondHearing(
            self._engine,
            window.samples,
            self._request,
            still_wanted=lambda: self._report(self._duration_seconds, total_seconds),
        )
        checked = second_hearing.check(heard, hearing.speech)
        self._segments += [
            _as_segment(segment, number, window.start_seconds)
            for number, segment in enumerate(checked, start=len(self._segments))
        ]

    def transcript(self, job: Job) -> Transcript:
        """What was heard so far, as the transcript of ``job``.

        It is dated by the job, not by this attempt, so that a repeated attempt writes the same bytes.
        """
        return Transcript(
            job_id=job.job_id,
            filename=job.file.filename,
            task=self._request.task,
            model=self._engine.name,
            language=self._request.language or UNDETERMINED,
            language_probability=self._language_probability,
            duration_seconds=round(self._duration_seconds, 3),
            speech_seconds=round(self._speech_seconds, 3),
            confidence=mean_confidence(self._segments),
            text=" ".join(segment.text for segment in self._segments),
            quality=quality_of(
                self._segments,
                speech_seconds=self._speech_seconds,
                duration_seconds=self._duration_seconds,
            ),
            segments=tuple(self._segments),
            created_at=job.created_at,
        )

    def _keep_language(self, hearing: Hearing) -> None:
        if hearing.speech and self._request.language is None:
            self._request = replace(self._request, language=hearing.language)
            self._language_probability = round(hearing.language_probability, 4)

    def _report(self, seconds: float, total_seconds: float) -> None:
        self._progress.report(min(99.0, 100.0 * seconds / total_seconds))


def _as_segment(checked: CheckedSegment, number: int, offset_seconds: float) -> Segment:
    heard = checked.heard
    return Segment(
        id=number,
        start=round(offset_seconds + heard.start, 3),
        end=round(offset_seconds + heard.end, 3),
        text=" ".join(heard.text.split()),
        confidence=round(confidence_of(heard), 4),
        no_speech_probability=round(heard.no_speech_probability, 4),
        words=tuple(
            Word(
                start=round(offset_seconds + word.start, 3),
                end=round(offset_seconds + word.end, 3),
                text=" ".join(word.text.split()),
                confidence=round(word.probability, 4),
            )
            for word in heard.words
        ),
        flags=checked.flags,
    )


def confidence_of(heard: HeardSegment) -> float:
    """How sure the model was of a segment, 0-1: by its words where they are known.

    The log probability is that of the 30 s decoded together: one bad sentence hides in it. The mean is
    geometric, as that of tokens is, so that one word that was guessed shows among many that were not.
    """
    if not heard.words:
        return min(1.0, math.exp(heard.mean_log_probability))
    return math.exp(fmean(math.log(max(word.probability, LEAST_PROBABILITY)) for word in heard.words))
