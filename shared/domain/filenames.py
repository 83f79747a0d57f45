"""What an output is called when its owner downloads it: as the upload was, with another extension."""

from __future__ import annotations

from pathlib import PurePosixPath

MAX_STEM_CHARACTERS = 100


def output_filename(filename: str, extension: str, *, nameless: str = "transcript") -> str:
    """``meeting.mp3`` → ``meeting.txt``. Slashes become ``_``, control characters are left out.

    ``nameless`` is the name where nothing is left of the file's own.
    """
    name = "".join(character for character in filename if character.isprintable()).replace("\\", "/")
    stem = name.removesuffix(PurePosixPath(name).suffix).replace("/", "_")
    stem = stem[:MAX_STEM_CHARACTERS].strip(" .")
    return f"{stem or nameless}.{extension}"
