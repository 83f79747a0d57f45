"""Another format, rate, number of channels or loudness, with tags, cover art and chapters kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from services.converter.encoder import open_encoder, shape_for
from services.converter.encodings import depth_of, encoding_for
from services.converter.input_file import InputFile, Limits, Report, rate_for, unreported
from services.converter.operations.normalise import Gain, gain_for, levelled
from services.converter.shaping import shaped
from services.converter.tagging.reading import read_tags
from services.converter.tagging.writing import write_tags
from shared.domain.audio_formats import FORMATS
from shared.domain.audio_operations import ConvertOptions
from shared.media.ahead import one_ahead
from shared.media.audio_source import Source


@dataclass(frozen=True)
class Conversion:
    """What came of it. ``damaged_packets`` are those that were skipped; ``gain`` is what was changed."""

    duration_seconds: float
    sample_rate: int
    channels: int
    damaged_packets: int
    gain: Gain | None


def convert(
    source: Source,
    target: IO[bytes],
    options: ConvertOptions,
    *,
    limits: Limits | None = None,
    report: Report = unreported,
) -> Conversion:
    """Write ``source`` in another form into ``target``, a file of the operating system.

    Memory stays flat in the length. Raises ``PermanentError``: what :class:`InputFile` does, and
    FORMAT_IMPOSSIBLE.
    """
    tags = read_tags(source) if options.preserve_metadata else None
    passes = 2 if options.target else 1
    gain = None
    if options.target is not None:
        gain = gain_for(source, options.target, limits=limits, report=lambda share: report(share / passes))
    with InputFile(source, limits=limits, report=lambda share: report(1 - (1 - share) / passes)) as file:
        facts = FORMATS[options.format]
        layout = file.layout_within(facts.max_channels, options.channels)
        rate_hz = options.sample_rate or rate_for(options.format, file.track.rate_hz)
        channels = file.track.layout.nb_channels if options.channels is None else options.channels
        encoding = encoding_for(
            options.format,
            options.quality,
            channels=min(channels, facts.max_channels),
            depth=depth_of(file.track),
        )
        shape = shape_for(encoding, layout, rate_hz)
        frames = file.frames() if gain is None else levelled(file.frames(), gain)
        with (
            open_encoder(target, encoding, layout, rate_hz) as encoder,
            one_ahead(shaped(frames, shape)) as pieces,
        ):
            for piece in pieces:
                encoder.write(piece)
        converted = Conversion(file.seconds, rate_hz, shape.channels, file.track.corrupt_packets, gain)
    if tags is not None:
        write_tags(target, options.format, tags)
    return converted
