"""A file's tags as its owner is shown them: as much as a job's record has room for."""

from __future__ import annotations

from services.converter.tagging.tags import Tags
from shared.domain.audio_operations import MOST_CHAPTERS, ChapterRequest, format_time_ms
from shared.domain.file_tags import FileTags

MOST_BYTES = 100_000
"""Of all texts together, in UTF-8: an item of the table has 400 KB, and what was asked for is in it too."""
_TITLE_CHARACTERS = 500


def shown(tags: Tags) -> FileTags:
    """The texts by their names and the chapters in their order, until the room is used up."""
    left = MOST_BYTES
    texts: dict[str, str] = {}
    for name, text in sorted(tags.texts.items()):
        size_bytes = len(name.encode()) + len(text.encode())
        if size_bytes <= left:
            texts[name] = text
            left -= size_bytes
    chapters: list[ChapterRequest] = []
    for chapter in tags.chapters[:MOST_CHAPTERS]:
        title = _plain(chapter.title)[:_TITLE_CHARACTERS] or "-"
        left -= len(title.encode())
        if left < 0:
            break
        chapters.append(ChapterRequest(start=format_time_ms(chapter.start_ms), title=title))
    return FileTags(
        texts=texts,
        cover=tags.cover.content_type if tags.cover else None,
        chapters=tuple(chapters),
        complete=len(texts) == len(tags.texts) and len(chapters) == len(tags.chapters),
    )


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
