"""The five forms of a transcript, each as its specification has it. All are UTF-8 without a mark.

- ``json``: the :class:`Transcript` itself, schema version 1.
- ``txt``: a segment a line.
- ``srt``: SubRip, https://www.matroska.org/technical/subtitles.html#srt-subtitles
- ``vtt``: WebVTT, https://www.w3.org/TR/webvtt1/
- ``tsv``: start and end in milliseconds and text, as ``whisper --output_format tsv`` writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.transcriber.cues import cut_into_cues
from shared.domain.transcript import Transcript


@dataclass(frozen=True)
class Rendering:
    """One form: its file extension, its media type, and how it is written."""

    extension: str
    content_type: str
    write: Callable[[Transcript], str]


def to_json(transcript: Transcript) -> str:
    """Indented, names in camelCase."""
    return transcript.model_dump_json(by_alias=True, indent=2) + "\n"


def to_txt(transcript: Transcript) -> str:
    """Plain text; empty for a silent file."""
    return "".join(f"{segment.text}\n" for segment in transcript.segments)


def to_srt(transcript: Transcript) -> str:
    """Numbered cues, a comma before the milliseconds, hours always there."""
    return "\n".join(
        f"{number}\n{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}\n" + "\n".join(cue.lines) + "\n"
        for number, cue in enumerate(cut_into_cues(transcript.segments), start=1)
    )


def to_vtt(transcript: Transcript) -> str:
    """Cues whose text is escaped: ``<`` and ``&`` would be markup, and ``-->`` would end the cue."""
    cues = [
        f"\n{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')}\n"
        + "\n".join(_escape_vtt(line) for line in cue.lines)
        + "\n"
        for cue in cut_into_cues(transcript.segments)
    ]
    return "WEBVTT\n" + "".join(cues)


def to_tsv(transcript: Transcript) -> str:
    """A header and a segment a line; a tab in the text becomes a space."""
    rows = [
        f"{round(segment.start * 1000)}\t{round(segment.end * 1000)}\t{segment.text.replace(chr(9), ' ')}\n"
        for segment in transcript.segments
    ]
    return "start\tend\ttext\n" + "".join(rows)


RENDERINGS = (
    Rendering("json", "application/json", to_json),
    Rendering("txt", "text/plain; charset=utf-8", to_txt),
    Rendering("srt", "application/x-subrip; charset=utf-8", to_srt),
    Rendering("vtt", "text/vtt; charset=utf-8", to_vtt),
    Rendering("tsv", "text/tab-separated-values; charset=utf-8", to_tsv),
)


def _clock(milliseconds: int, decimal_mark: str) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{decimal_mark}{thousandths:03d}"


def _escape_vtt(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
