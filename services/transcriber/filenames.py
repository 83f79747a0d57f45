"""What an output is called when its owner downloads it: as the upload was, with another extension."""

from __future__ import annotations

from pathlib import PurePosixPath

MAX_STEM_CHARACTERS = 100


def output_filename(filename: str, extension: str) -> str:
    """``meeting.mp3`` → ``meeting.txt``. Directories and control characters are left out."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    stem = PurePosixPath("".join(character for character in name if character.isprintable())).stem
    stem = stem[:MAX_STEM_CHARACTERS].strip(" .")
    return f"{stem or 'transcript'}.{extension}"
