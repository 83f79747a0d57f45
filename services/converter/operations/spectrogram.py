"""Pictures of the sound, and the peaks that a player draws its waveform from.

Everything is gathered in one pass into as many columns as the picture is wide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import IO

import librosa
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from scipy import fft, signal
from threadpoolctl import threadpool_limits

from services.converter.input_file import InputFile, Limits, Report, unreported
from services.converter.measuring.columns import Columns, Table, extremes, mean
from services.converter.shaping import Samples, samples_of
from shared.domain.audio_operations import SpectrogramOptions
from shared.media.audio_source import Source

WINDOW = 2_048
HOP = 512
MEL_BANDS = 128
RANGE_DB = 80.0
PEAK_SAMPLES = 64
DOTS_AN_INCH = 100
_TICK_ROW_PIXELS = 18
"""So much height a tick's number takes: of those that would overlap, the higher frequency is named."""
_TIME_AXIS_PIXELS = 55
_TICKS_HZ = (60, 125, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000)


def draw(
    source: Source,
    target: IO[bytes],
    options: SpectrogramOptions,
    *,
    limits: Limits | None = None,
    report: Report = unreported,
) -> float:
    """Write a PNG, or JSON for ``peaks``, into ``target``. Raises as :class:`InputFile` does.

    Returns the length of the sound in seconds.
    """
    with threadpool_limits(1, user_api="blas"), InputFile(source, limits=limits, report=report) as file:
        rate_hz = file.track.rate_hz
        blocks = samples_of(file.frames(), rate_hz=rate_hz, layout="mono")
        if options.kind in ("waveform", "peaks"):
            wanted = options.points if options.kind == "peaks" else options.width
            columns = Columns(wanted, extremes)
            rest = np.empty(0, np.float32)
            for block in blocks:
                rest = _push_peaks(columns, np.concatenate([rest, block[:, 0]]))
            if len(rest):
                columns.push(np.array([[rest.min(), rest.max()]], np.float32))
            if options.kind == "peaks":
                _write_peaks(target, columns, rate_hz)
            else:
                _picture(options, target, lambda figure: _waveform(figure, columns.table(), file.seconds))
            return file.seconds
        table = _spectra(blocks, rate_hz, options)
        _picture(options, target, lambda figure: _spectrogram(figure, table, file.seconds, rate_hz, options))
        return file.seconds


def _push_peaks(columns: Columns, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    whole = len(samples) // PEAK_SAMPLES * PEAK_SAMPLES
    if whole:
        pieces = samples[:whole].reshape(-1, PEAK_SAMPLES)
        columns.push(np.stack([pieces.min(axis=1), pieces.max(axis=1)], axis=1))
    return samples[whole:]


def _write_peaks(target: IO[bytes], columns: Columns, rate_hz: int) -> None:
    """As audiowaveform writes them, which players read: https://github.com/bbc/audiowaveform."""
    pairs = np.clip(np.round(columns.table() * 127), -128, 127).astype(int)
    document = {
        "version": 2,
        "channels": 1,
        "sample_rate": rate_hz,
        "samples_per_pixel": columns.span * PEAK_SAMPLES,
        "bits": 8,
        "length": len(pairs),
        "data": pairs.reshape(-1).tolist(),
    }
    target.write(json.dumps(document, separators=(",", ":")).encode())


def _spectra(blocks: Iterable[Samples], rate_hz: int, options: SpectrogramOptions) -> Table:
    """Levels in dB below the loudest: a row a column of the picture, from low frequencies to high."""
    columns = Columns(options.width, mean)
    shape = signal.windows.hann(WINDOW, sym=False).astype(np.float32)
    bands = (
        librosa.filters.mel(sr=rate_hz, n_fft=WINDOW, n_mels=MEL_BANDS).T if options.kind == "mel" else None
    )
    rest = np.zeros(WINDOW // 2, np.float32)
    for block in blocks:
        rest = np.concatenate([rest, block[:, 0]])
        count = max(0, (len(rest) - WINDOW) // HOP + 1)
        if count:
            windows = np.lib.stride_tricks.sliding_window_view(rest, WINDOW)[::HOP][:count]
            spectra = fft.rfft(windows * shape, axis=1)
            power = np.square(spectra.real) + np.square(spectra.imag)
            columns.push(power @ bands if bands is not None else power)
            rest = rest[count * HOP :]
    table = columns.table()
    if not table.size:
        return np.full((1, MEL_BANDS), -RANGE_DB, np.float32)
    loudest = max(float(table.max()), 1e-10)
    levels_db: Table = 10 * np.log10(np.maximum(table, 1e-12) / loudest)
    return np.maximum(levels_db, -RANGE_DB)


def _picture(options: SpectrogramOptions, target: IO[bytes], paint: Callable[[Figure], None]) -> None:
    figure = Figure(
        figsize=(options.width / DOTS_AN_INCH, options.height / DOTS_AN_INCH),
        dpi=DOTS_AN_INCH,
        layout="constrained",
    )
    paint(figure)
    figure.savefig(target, format="png", metadata={"Software": None})


def _waveform(figure: Figure, table: Table, seconds: float) -> None:
    axes = figure.add_subplot()
    times = np.linspace(0, seconds, len(table))
    axes.fill_between(times, table[:, 0], table[:, 1], linewidth=0.3)
    axes.set(xlim=(0, seconds), ylim=(-1, 1), xlabel="time", ylabel="amplitude")
    axes.xaxis.set_major_formatter(FuncFormatter(_clock))


def _spectrogram(
    figure: Figure, table: Table, seconds: float, rate_hz: int, options: SpectrogramOptions
) -> None:
    axes = figure.add_subplot()
    picture = axes.imshow(
        table.T,
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=-RANGE_DB,
        vmax=0,
        extent=(0, seconds, 0, table.shape[1]),
    )
    ticks = [tick for tick in _TICKS_HZ if tick < rate_hz / 2]
    least_rows = _TICK_ROW_PIXELS * table.shape[1] / (options.height - _TIME_AXIS_PIXELS)
    if options.kind == "mel":
        edges = librosa.mel_frequencies(n_mels=MEL_BANDS, fmin=0, fmax=rate_hz / 2)
        places = np.interp(ticks, edges, np.arange(MEL_BANDS))
    else:
        ticks = ticks[5:] or ticks[-2:]
        places = np.array(ticks) * table.shape[1] * 2 / rate_hz
    shown = _apart(list(zip(places, ticks, strict=True)), least_rows)
    axes.set_yticks(
        [place for place, _ in shown],
        [f"{tick / 1000:g}k" if tick >= 1000 else str(tick) for _, tick in shown],
    )
    axes.set(xlabel="time", ylabel="frequency (Hz)")
    axes.xaxis.set_major_formatter(FuncFormatter(_clock))
    figure.colorbar(picture, ax=axes, format="%.0f", label="level (dB)", pad=0.01)


def _apart(ticks: list[tuple[float, int]], least: float) -> list[tuple[float, int]]:
    """Places and frequencies from the highest down, without those that are too near to one above."""
    shown: list[tuple[float, int]] = []
    for place, tick in reversed(ticks):
        if not shown or shown[-1][0] - place >= least:
            shown.append((place, tick))
    return shown


def _clock(seconds: float, _place: object) -> str:
    """``1:30`` or ``2:00:00``; tenths where a picture shows less than a few seconds."""
    whole = int(seconds)
    tenths = f"{seconds - whole:.1f}"[1:] if abs(seconds - whole) > 0.04 else ""
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}{tenths}" if hours else f"{minutes}:{rest:02d}{tenths}"
