"""One file into several: by times, in equal parts, at silences or at chapters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from services.converter.cutting.copier import MUXERS, copy_pieces
from services.converter.cutting.cutter import CutPiece, cut, cuts_of
from services.converter.cutting.pieces import Piece, pieces_of
from services.converter.encoder import Encoder, open_encoder, shape_for
from services.converter.encodings import depth_of, encoding_for
from services.converter.input_file import InputFile, Limits, Report, rate_for, unreported
from services.converter.tagging.reading import read_tags
from services.converter.tagging.tags import Tags
from services.converter.tagging.writing import write_tags
from shared.domain.audio_formats import FORMATS, AudioFormat
from shared.domain.audio_operations import SplitOptions
from shared.media.audio_source import Source

MOST_LENGTH_ERROR_SECONDS = 0.2
"""Codecs pad what they encode, and packets have a length of their own."""


@dataclass(frozen=True)
class Part:
    """One of the files that came of it; its file is the taker's to close. Times in milliseconds."""

    name: str
    form: AudioFormat
    file: IO[bytes]
    start_ms: float
    end_ms: float


def split(
    source: Source,
    options: SplitOptions,
    *,
    limits: Limits | None = None,
    report: Report = unreported,
) -> Iterator[Part]:
    """Each part as soon as it is whole, in the order of time; memory stays flat in the file's length.

    Tags and cover are kept; a part's title is its name, its number the track.
    Raises ``PermanentError``: what :class:`InputFile` does, NOTHING_TO_SPLIT_AT, SEGMENT_OUTSIDE_AUDIO (after
    the parts that lie within). Close the iterator to end early.
    """
    limits = limits or Limits()
    passes = 2 if options.by in ("silence", "parts") else 1
    tags = read_tags(source)
    pieces = pieces_of(source, options, tags, limits=limits, report=lambda share: report(share / passes))

    def rest(share: float) -> None:
        report(1 - (1 - share) / passes)

    with InputFile(source, limits=limits, report=rest) as file:
        form = (
            options.format
            or file.form
            or (AudioFormat.FLAC if "alac" in file.track.codec_name else AudioFormat.MP3)
        )
        copies = not options.options.enhanced and form == file.form and form in MUXERS
        if not copies:
            cut_pieces = _cut(file, form, pieces, cross_fade=options.options.cross_fade)
            yield from _finished(
                cut_pieces, form, tags, len(pieces), check=options.options.quality_validation
            )
    if copies:
        copied = copy_pieces(source, pieces, form, limits=limits, report=rest)
        yield from _finished(copied, form, tags, len(pieces), check=options.options.quality_validation)


def _cut(file: InputFile, form: AudioFormat, pieces: list[Piece], *, cross_fade: bool) -> Iterator[CutPiece]:
    layout = file.layout_within(FORMATS[form].max_channels)
    rate_hz = rate_for(form, file.track.rate_hz)
    channels = min(file.track.layout.nb_channels, FORMATS[form].max_channels)
    encoding = encoding_for(form, "high", channels=channels, depth=depth_of(file.track))

    def encoder_into(target: IO[bytes]) -> Encoder:
        return open_encoder(target, encoding, layout, rate_hz)

    cuts = cuts_of(pieces, rate_hz, cross_fade=cross_fade)
    return cut(file.frames(), cuts, shape_for(encoding, layout, rate_hz), encoder_into)


def _finished(
    pieces: Iterator[CutPiece], form: AudioFormat, tags: Tags, count: int, *, check: bool
) -> Iterator[Part]:
    for number, made in enumerate(pieces, start=1):
        try:
            texts = {**tags.texts, "track": f"{number}/{count}"}
            if made.piece.title is not None:
                texts["title"] = made.piece.title
            write_tags(made.file, form, Tags(texts, tags.cover))
            if check:
                _check_length(made)
        except BaseException:
            made.file.close()
            raise
        yield Part(made.piece.name, form, made.file, made.start_ms, made.end_ms)


def _check_length(made: CutPiece) -> None:
    """Raises ``RuntimeError``: that is a fault of ours, not of the file."""
    with InputFile(made.file) as file:
        for _ in file.frames():
            pass
        expected = (made.end_ms - made.start_ms) / 1000
        if abs(file.seconds - expected) > MOST_LENGTH_ERROR_SECONDS:
            raise RuntimeError(f"{made.piece.name} has {file.seconds:.3f} s instead of {expected:.3f} s")
