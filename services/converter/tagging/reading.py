"""Reads tags, by FFmpeg: one way for every container there is."""

from __future__ import annotations

from collections.abc import Mapping

import av

from services.converter.tagging.tags import MOST_TEXT_CHARACTERS, Chapter, Cover, Tags
from shared.domain.errors import PermanentError
from shared.log import get_logger
from shared.media.audio_source import Source
from shared.media.audio_track import open_container

_TECHNICAL = frozenset(
    "encoder encoded_by major_brand minor_version compatible_brands creation_time handler_name vendor_id "
    "metadata_block_picture waveformatextensible_channel_mask cuesheet tlen tsse".split()
)
"""Entries that tell of the file's making, not of what is heard: they would be wrong of another file."""

_log = get_logger(__name__)


def read_tags(source: Source) -> Tags:
    """What the file says of itself. Raises ``PermanentError(UNREADABLE_MEDIA)``.

    Texts that would be longer than a million characters together, and a cover that is no image, are left
    out.
    """
    source.seek(0)
    with open_container(source) as container:
        texts = {**_stream_texts(container), **container.metadata}
        chapters = tuple(
            Chapter(
                round(chapter["start"] * chapter["time_base"] * 1000),
                round(chapter["end"] * chapter["time_base"] * 1000),
                (chapter["metadata"] or {}).get("title", f"Chapter {number}"),
            )
            for number, chapter in enumerate(container.chapters() or (), start=1)
            if chapter["time_base"] is not None
        )
        ordered = tuple(sorted(chapters, key=lambda chapter: chapter.start_ms))
        return Tags(_kept(texts), _cover(container), ordered)


def _stream_texts(container: av.container.InputContainer) -> Mapping[str, str]:
    """Ogg keeps tags with the stream; what MP4 has there is technical."""
    return container.streams.audio[0].metadata if "ogg" in container.format.name else {}


def _kept(texts: Mapping[str, str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    left = MOST_TEXT_CHARACTERS
    for name, text in sorted(texts.items()):
        plain = name.lower().removesuffix("-eng")
        if plain in _TECHNICAL or plain.startswith(("chapter0", "chapter1", "id3v2_priv")) or not text:
            continue
        if len(text) > left:
            _log.warning("a tag is too long to keep", tag=plain[:40], characters=len(text))
            continue
        left -= len(text)
        kept[plain] = text
    return kept


def _cover(container: av.container.InputContainer) -> Cover | None:
    for stream in container.streams.video:
        if stream.disposition & av.stream.Disposition.attached_pic:
            packet = next(container.demux(stream), None)
            try:
                return Cover.of(bytes(packet)) if packet is not None else None
            except PermanentError as error:
                _log.warning("the cover art is not kept", reason=str(error))
    return None
