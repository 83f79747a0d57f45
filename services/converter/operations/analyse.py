"""Measures the sound in one pass, block by block: memory does not grow with its length."""

from __future__ import annotations

import av
from threadpoolctl import threadpool_limits

from services.converter.input_file import InputFile, Limits, Report, unreported
from services.converter.measuring.grading import grade
from services.converter.measuring.levels import SILENCE_DB, LevelMeter
from services.converter.measuring.loudness import LoudnessMeter
from services.converter.measuring.music import MusicMeter
from services.converter.measuring.noise import NoiseMeter
from services.converter.measuring.tone import ToneMeter
from services.converter.measuring.true_peak import TruePeakMeter, decibels
from services.converter.shaping import Shape, array_of, shaped
from shared.domain.audio_operations import AnalyseOptions
from shared.domain.audio_quality import QualityMetrics
from shared.media.audio_source import Source


def analyse(
    source: Source,
    options: AnalyseOptions,
    *,
    limits: Limits | None = None,
    report: Report = unreported,
) -> QualityMetrics:
    """What the file's sound is like. Raises ``PermanentError`` as :class:`InputFile` does."""
    # The matrices are small: threads that share one wait for each other longer than they work.
    with (
        threadpool_limits(1, user_api="blas"),
        InputFile(source, limits=limits, report=report) as file,
    ):
        shape = Shape("flt", file.layout, file.track.rate_hz)
        meters = _Meters(shape, options)
        for frame in shaped(file.frames(), shape):
            meters.push(frame)
        return meters.result(file.seconds)


class _Meters:
    """Those that are asked for. Levels are always counted: the grade needs them."""

    def __init__(self, shape: Shape, options: AnalyseOptions) -> None:
        self._shape = shape
        self._options = options
        self._levels = LevelMeter(shape.rate_hz, shape.channels)
        tone_wanted = options.wants("thd_plus_n") or options.wants("snr")
        self._tone = ToneMeter(shape.rate_hz, shape.channels) if tone_wanted else None
        self._noise = NoiseMeter() if options.wants("snr") or options.wants("levels") else None
        self._loudness = LoudnessMeter(shape) if options.wants("loudness") else None
        self._peak = TruePeakMeter(shape.channels) if options.wants("true_peak") else None
        self._music = MusicMeter() if options.wants("tempo") or options.wants("key") else None

    def push(self, frame: av.AudioFrame) -> None:
        samples = array_of(frame).reshape(-1, self._shape.channels)
        for meter in (self._levels, self._tone, self._noise, self._peak):
            if meter is not None:
                meter.push(samples)
        for listener in (self._loudness, self._music):
            if listener is not None:
                listener.push(frame)

    def result(self, seconds: float) -> QualityMetrics:
        wants, levels = self._options.wants, self._levels
        values: dict[str, float | None] = {
            "clipped_share": levels.clipped_share if wants("clipping") else None,
            "dynamic_range": round(levels.used_percent, 2) if wants("dynamic_range") else None,
            "silence_share": levels.silence_share if wants("levels") else None,
            "dc_offset": levels.dc_offset if wants("levels") else None,
            **self._signal(),
        }
        level, rule = grade(values)
        music = self._music
        if music is not None:
            music.push(None)
        loudness = self._loudness.loudness() if self._loudness else None
        return QualityMetrics.model_validate(
            {
                **{name: _rounded(value, 6) for name, value in values.items()},
                "level": level,
                "rule": rule,
                "snr_method": self._snr_method(values),
                "dynamic_range_db": _rounded(self._range_db(), 1) if wants("dynamic_range") else None,
                "clipping_detected": levels.clipped_share > 0 if wants("clipping") else None,
                "integrated_lufs": _rounded(loudness.integrated_lufs, 2) if loudness else None,
                "loudness_range_lu": _rounded(loudness.range_lu, 2) if loudness else None,
                "true_peak_db": _rounded(decibels(self._peak.peak), 2) if self._peak else None,
                "peak_db": _rounded(levels.peak_db, 2) if wants("levels") else None,
                "rms_db": _rounded(levels.rms_db, 2) if wants("levels") else None,
                "noise_floor_db": _rounded(self._floor_db(), 1) if wants("levels") else None,
                "dual_mono": levels.dual_mono if wants("levels") else None,
                "tempo_bpm": _rounded(music.tempo_bpm, 1) if music and wants("tempo") else None,
                "key": music.key if music and wants("key") else None,
                "duration_seconds": round(seconds, 3),
                "sample_rate": self._shape.rate_hz,
                "channels": self._shape.channels,
            }
        )

    def _signal(self) -> dict[str, float | None]:
        tone = self._tone.quality() if self._tone else None
        noise = self._noise.snr if self._noise else None
        wants = self._options.wants
        return {
            "thd_plus_n": _rounded(tone.thd_plus_n, 2) if tone and wants("thd_plus_n") else None,
            "snr": _rounded(tone.snr if tone else noise, 2) if wants("snr") else None,
        }

    def _snr_method(self, values: dict[str, float | None]) -> str | None:
        if values["snr"] is None:
            return None
        return "tone" if self._tone and self._tone.quality() else "pauses"

    def _range_db(self) -> float | None:
        loud = self._levels.frames.percentile_db(95, above_db=SILENCE_DB)
        quiet = self._levels.frames.percentile_db(10, above_db=SILENCE_DB)
        return None if loud is None or quiet is None else loud - quiet

    def _floor_db(self) -> float | None:
        power = self._noise.floor_power if self._noise else 0.0
        return decibels(power**0.5)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
