"""What a file says of itself."""

from __future__ import annotations

from pydantic import Field

from shared.domain.audio_operations import ChapterRequest
from shared.domain.record import Record


class FileTags(Record):
    """Texts by name. ``cover`` is the picture's content type; chapters are as given there.

    ``complete`` is false where the file says more than a record has room for.
    """

    texts: dict[str, str] = Field(default_factory=dict)
    cover: str | None = None
    chapters: tuple[ChapterRequest, ...] = ()
    complete: bool = True
