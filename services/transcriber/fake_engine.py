"""An engine without a model, chosen by ``MODEL=fake``: for load and chaos tests only.

It knows nothing of speech: it says the same sentence for every ten seconds of any sound, at once. A
transcript that it made says so in ``model``.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.transcriber.audio_decoder import SAMPLE_RATE, Samples
from services.transcriber.engine import HeardSegment, HeardWord, Hearing, HearingRequest, Span

SEGMENT_SECONDS = 10.0
SENTENCE = "This text was not heard."


class FakeEngine:
    """Deterministic: the same samples give the same transcript."""

    @property
    def name(self) -> str:
        """``fake``."""
        return "fake"

    def find_speech(self, samples: Samples) -> tuple[Span, ...]:  # noqa: ARG002
        """None: it takes any place for a silence."""
        return ()

    def hear(self, samples: Samples, request: HearingRequest) -> Hearing:
        """One numbered sentence for every ten seconds begun."""
        seconds = len(samples) / SAMPLE_RATE
        return Hearing(
            language=request.language or "en",
            language_probability=1.0,
            speech=(Span(0.0, seconds),),
            segments=self._segments(seconds, words=request.word_timestamps),
        )

    def _segments(self, seconds: float, *, words: bool) -> Iterator[HeardSegment]:
        count = -int(-seconds // SEGMENT_SECONDS)
        for number in range(count):
            start = number * SEGMENT_SECONDS
            end = min(start + SEGMENT_SECONDS, seconds)
            text = f"{number + 1}: {SENTENCE}"
            yield HeardSegment(
                start=start,
                end=end,
                text=text,
                mean_log_probability=-0.1,
                no_speech_probability=0.0,
                compression_ratio=1.0,
                words=_spread(text.split(), start, end) if words else (),
            )


def _spread(words: list[str], start: float, end: float) -> tuple[HeardWord, ...]:
    step = (end - start) / len(words)
    return tuple(
        HeardWord(start + index * step, start + (index + 1) * step, word, 0.9)
        for index, word in enumerate(words)
    )
