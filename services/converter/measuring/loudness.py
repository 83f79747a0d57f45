"""Loudness as ITU-R BS.1770-4 and EBU Tech 3341/3342 define it, by FFmpeg's ``ebur128`` filter.

The filter works as the sound comes, in memory that does not grow; pyloudnorm and librosa want all of it at
once. What it says is held to the cases of EBU Tech 3341 and to pyloudnorm by tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import av

from services.converter.shaping import Shape

SILENT_LUFS = -70.0
"""The absolute gate: what is quieter has no loudness."""


@dataclass(frozen=True)
class Loudness:
    """``integrated_lufs`` and ``range_lu``; None where nothing is louder than -70 LUFS for 400 ms."""

    integrated_lufs: float | None
    range_lu: float | None


class LoudnessMeter:
    """Takes frames of one shape and says how loud they were."""

    def __init__(self, shape: Shape) -> None:
        self._graph = av.filter.Graph()
        self._source = self._graph.add_abuffer(
            sample_rate=shape.rate_hz, format=shape.sample_format, layout=shape.layout
        )
        meter = self._graph.add("ebur128", "metadata=1")
        sink = self._graph.add("abuffersink")
        self._source.link_to(meter)
        meter.link_to(sink)
        self._graph.configure()
        self._sink = sink
        self._said: dict[str, str] = {}

    def push(self, frame: av.AudioFrame) -> None:
        """Measure a frame."""
        self._source.push(frame)
        self._read()

    def loudness(self) -> Loudness:
        """What was measured; nothing can be pushed afterwards."""
        self._source.push(None)
        self._read()
        integrated = self._value("I")
        if integrated is None or integrated <= SILENT_LUFS:
            return Loudness(None, None)
        return Loudness(integrated, self._value("LRA"))

    def _value(self, name: str) -> float | None:
        text = self._said.get(f"lavfi.r128.{name}")
        return None if text is None else float(text)

    def _read(self) -> None:
        while True:
            try:
                # What is left over of the last tenth of a second makes a frame without measures.
                self._said = self._sink.pull().metadata or self._said
            except (BlockingIOError, EOFError):
                return
