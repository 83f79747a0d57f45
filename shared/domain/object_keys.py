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


def job_prefix(user_id: str, job_id: str) -> str:
    """What the keys of all that is stored for one job begin with, in the transcripts bucket."""
    return f"{user_id}/{job_id}/"


def cover_key(user_id: str, job_id: str) -> str:
    """``{user_id}/{job_id}/cover``: the picture that a job of the audio toolbox is to put into the file."""
    return f"{job_prefix(user_id, job_id)}cover"


def outputs_prefix(user_id: str, job_id: str) -> str:
    """What the keys of all outputs of one job of the audio toolbox begin with."""
    return f"{job_prefix(user_id, job_id)}output-"


def output_key(user_id: str, job_id: str, number: int, extension: str) -> str:
    """``{user_id}/{job_id}/output-{nnnn}.{extension}`` in the transcripts bucket."""
    return f"{outputs_prefix(user_id, job_id)}{number:04d}.{extension}"


def steps_prefix(user_id: str, job_id: str) -> str:
    """What the keys begin with of all that a workflow's steps hand on to one another."""
    return f"{job_prefix(user_id, job_id)}steps/"


def step_key(user_id: str, job_id: str, number: int, role: str, extension: str) -> str:
    """``{user_id}/{job_id}/steps/{nnn}-{role}.{extension}`` in the transcripts bucket."""
    return f"{steps_prefix(user_id, job_id)}{number:03d}-{role}.{extension}"


CLIPS_PREFIX = "audio_clips/"
"""Clips are kept for 30 days: the bucket's lifecycle rule goes by this."""


def clips_prefix(file_id: str) -> str:
    """What the keys of all clips of one file begin with."""
    return f"{CLIPS_PREFIX}{file_id}/"


def clip_key(file_id: str, start_ms: int, end_ms: int) -> str:
    """``audio_clips/{file_id}/{start_ms}-{end_ms}_v1.mp3`` in the transcripts bucket.

    Another version number comes with another way of making clips: what is cached then is not found.
    """
    return f"{clips_prefix(file_id)}{start_ms}-{end_ms}_v1.mp3"
