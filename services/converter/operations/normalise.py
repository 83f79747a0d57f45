"""Loudness to a target with a limit on the true peak: measured first, then one gain for the whole file.

The gain changes nothing but the level. Only where it would lift peaks above the limit a limiter turns
them down, at four times the sampling rate, so that it sees what lies between the samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import av
from threadpoolctl import threadpool_limits

from services.converter.input_file import InputFile, Limits, Report, unreported
from services.converter.measuring.loudness import Loudness, LoudnessMeter
from services.converter.measuring.true_peak import TruePeakMeter, decibels
from services.converter.shaping import Shape, array_of, shaped
from shared.domain.audio_operations import LoudnessTarget
from shared.media.audio_source import Source

MOST_GAIN_DB = 40.0
"""What needs more is noise."""

MARGIN_DB = 0.2
"""The limiter's own: going back to the file's rate moves peaks a little."""


@dataclass(frozen=True)
class Gain:
    """What is done to the level. ``limit_db`` (dBTP) is None where no peak would exceed the target's."""

    measured_lufs: float | None
    gain_db: float
    limit_db: float | None


def gain_for(
    source: Source,
    target: LoudnessTarget,
    *,
    limits: Limits | None = None,
    report: Report = unreported,
) -> Gain:
    """Measure the whole file. What is silent stays as it is."""
    loudness, peak_db = measure(source, limits=limits, report=report)
    if loudness.integrated_lufs is None or peak_db is None:
        return Gain(None, 0.0, None)
    gain_db = min(MOST_GAIN_DB, target.lufs - loudness.integrated_lufs)
    limited = peak_db + gain_db > target.true_peak_db
    return Gain(loudness.integrated_lufs, gain_db, target.true_peak_db if limited else None)


def measure(
    source: Source, *, limits: Limits | None = None, report: Report = unreported
) -> tuple[Loudness, float | None]:
    """Loudness, and true peak in dBTP (None: digital silence)."""
    with (
        threadpool_limits(1, user_api="blas"),
        InputFile(source, limits=limits, report=report) as file,
    ):
        shape = Shape("flt", file.layout, file.track.rate_hz)
        loudness, peak = LoudnessMeter(shape), TruePeakMeter(shape.channels)
        for frame in shaped(file.frames(), shape):
            loudness.push(frame)
            peak.push(array_of(frame).reshape(-1, shape.channels))
        return loudness.loudness(), decibels(peak.peak)


def levelled(frames: Iterable[av.AudioFrame], gain: Gain) -> Iterator[av.AudioFrame]:
    """The sound with the gain applied; it stays as long as it was, to the sample."""
    leveller: _Leveller | None = None
    for frame in _even(frames):
        leveller = leveller or _Leveller(gain, frame)
        yield from leveller.push(frame)
    if leveller is not None:
        yield from leveller.push(None)


def _even(frames: Iterable[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    """All frames in the shape of the first, as floating point."""
    iterator = iter(frames)
    first = next(iterator, None)
    if first is None:
        return

    def chained() -> Iterator[av.AudioFrame]:
        yield first
        yield from iterator

    yield from shaped(chained(), Shape("flt", first.layout.name, first.sample_rate))


class _Leveller:
    def __init__(self, gain: Gain, frame: av.AudioFrame) -> None:
        graph = av.filter.Graph()
        rate_hz = frame.sample_rate
        chain = [
            graph.add_abuffer(sample_rate=rate_hz, format=frame.format.name, layout=frame.layout.name),
            graph.add("volume", f"{gain.gain_db}dB:precision=double"),
        ]
        if gain.limit_db is not None:
            ceiling = 10 ** ((gain.limit_db - MARGIN_DB) / 20)
            chain += [
                graph.add("aresample", str(4 * rate_hz)),
                graph.add("alimiter", f"limit={ceiling}:attack=5:release=60:level=0:latency=1"),
                graph.add("aresample", str(rate_hz)),
            ]
        chain.append(graph.add("abuffersink"))
        for earlier, later in pairwise(chain):
            earlier.link_to(later)
        graph.configure()
        self._graph = graph  # the filters are gone with it
        self._source, self._sink = chain[0], chain[-1]

    def push(self, frame: av.AudioFrame | None) -> Iterator[av.AudioFrame]:
        """What has passed; None: all that is left."""
        self._source.push(frame)
        while True:
            try:
                passed = self._sink.pull()
            except (BlockingIOError, EOFError):
                return
            if isinstance(passed, av.AudioFrame):
                yield passed
