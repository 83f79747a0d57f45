"""Reads and writes tags, cover art and chapters; no sample of the sound is touched."""

from __future__ import annotations

import base64
import binascii
import shutil
from typing import IO, cast

from services.converter.input_file import InputFile
from services.converter.tagging.reading import read_tags
from services.converter.tagging.tags import MOST_COVER_BYTES, Cover, Tags, chapters_from
from services.converter.tagging.writing import write_tags
from shared.domain.audio_formats import AudioFormat
from shared.domain.audio_operations import MetadataOptions, parse_time_ms
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.media.audio_source import Source

_CONTAINERS = {"mp3": AudioFormat.MP3, "flac": AudioFormat.FLAC, "wav": AudioFormat.WAV}
_COPY_BYTES = 1 << 20


def write_metadata(source: Source, target: IO[bytes], options: MetadataOptions) -> tuple[AudioFormat, Tags]:
    """A copy of ``source`` with its tags changed, into ``target``; the format, and all tags it has now.

    Raises ``PermanentError``: TAGS_UNSUPPORTED for other formats than ours and for video, TAGS_TOO_LARGE,
    COVER_NOT_AN_IMAGE, SEGMENT_OUTSIDE_AUDIO for a chapter past the end, and what :class:`InputFile` does.
    """
    before = read_tags(source)
    with InputFile(source) as file:
        form = _form_of(file)
        after = changed_tags(before, options, round((file.track.header_seconds or 0) * 1000))
    source.seek(0)
    # copyfileobj needs no more of a file than a source has.
    shutil.copyfileobj(cast("IO[bytes]", source), target, _COPY_BYTES)
    write_tags(target, form, after)
    kept = {name: text for name, text in after.texts.items() if text}
    return form, Tags(kept, after.cover, after.chapters)


def _form_of(file: InputFile) -> AudioFormat:
    container, codec = file.track.container_name, file.track.codec_name
    form = _CONTAINERS.get(container)
    if container == "ogg":
        form = {"vorbis": AudioFormat.OGG, "opus": AudioFormat.OPUS}.get(codec)
    if "mp4" in container.split(",") and not file.track.has_video:
        form = AudioFormat.M4A
    if form is None:
        raise PermanentError(Fault.TAGS_UNSUPPORTED, format=container.split(",")[0])
    return form


def changed_tags(before: Tags, options: MetadataOptions, duration_ms: int) -> Tags:
    """The tags of a file of that length after the changes. Raises ``PermanentError`` as above."""
    texts = {**before.texts, **{_canonical(name): text for name, text in options.tags.items()}}
    chapters = before.chapters
    if options.chapters is not None:
        starts = tuple((parse_time_ms(chapter.start), chapter.title) for chapter in options.chapters)
        chapters = chapters_from(starts, duration_ms) if starts else ()
    after = Tags(texts, _cover(before.cover, options.cover), chapters)
    if sum(len(text) for text in texts.values()) + len(after.cover.image if after.cover else b"") > (
        MOST_COVER_BYTES
    ):
        raise PermanentError(Fault.TAGS_TOO_LARGE, limit="10 MiB")
    return after


def _canonical(name: str) -> str:
    """``albumArtist`` and ``Album Artist`` are both ``album_artist``."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name.replace(" ", "_"))
    return snake.strip("_").replace("__", "_")


def _cover(before: Cover | None, wanted: str | None) -> Cover | None:
    if wanted is None:
        return before
    if not wanted:
        return None
    try:
        return Cover.of(base64.b64decode(wanted, validate=True))
    except binascii.Error as error:
        raise PermanentError(Fault.COVER_NOT_AN_IMAGE) from error
