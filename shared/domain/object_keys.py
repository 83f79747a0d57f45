"""Where objects lie. The only module that composes keys.

Keys hold ids and fixed names, never anything a user typed, and are deterministic: a repeated attempt
overwrites its own output.
"""

from __future__ import annotations

import re

_EXTENSION = re.compile(r"\.[a-z0-9]{1,8}$")
_AUDIO_KEY = re.compile(r"(?P<user_id>[^/]+)/(?P<file_id>[^/]+)/audio(\.[a-z0-9]{1,8})?")


def audio_key(user_id: str, file_id: str, filename: str) -> str:
    """``{user_id}/{file_id}/audio{ext}``; the extension is kept only where it is short and plain."""
    extension = _EXTENSION.search(filename.lower())
    return f"{user_id}/{file_id}/audio{extension.group() if extension else ''}"


def file_id_of(key: str) -> str | None:
    """The file id in an audio key; None for a key that :func:`audio_key` did not compose."""
    match = _AUDIO_KEY.fullmatch(key)
    return match["file_id"] if match else None


TRANSCRIPT_EXTENSIONS = ("json", "txt", "srt", "vtt", "tsv")
"""The forms that a transcript is stored in."""


def transcript_key(user_id: str, job_id: str, extension: str) -> str:
    """``{user_id}/{job_id}/transcript.{extension}`` in the transcripts bucket."""
    return f"{user_id}/{job_id}/transcript.{extension}"


def transcript_keys(user_id: str, job_id: str) -> tuple[str, ...]:
    """Wherever a transcription may have stored anything, finished or not."""
    return tuple(transcript_key(user_id, job_id, extension) for extension in TRANSCRIPT_EXTENSIONS)


def partial_key(user_id: str, job_id: str, chunk: int) -> str:
    """``{user_id}/{job_id}/chunks/{nnnn}.json`` in the transcripts bucket: what one chunk gave."""
    return f"{user_id}/{job_id}/chunks/{chunk:04d}.json"
