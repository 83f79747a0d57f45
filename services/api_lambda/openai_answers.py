"""Transcripts in the shapes of OpenAI's speech-to-text API.

https://platform.openai.com/docs/api-reference/audio. Of tokens, seek positions and temperatures nothing is
kept: ``[]``, 0 and 0 stand for them.
"""

from __future__ import annotations

import json
import math
import zlib
from typing import Any

from shared.domain.languages import LANGUAGES
from shared.domain.transcript import Segment, Transcript

_LEAST_CONFIDENCE = 1e-9


def verbose_json(transcript: Transcript, granularities: frozenset[str]) -> dict[str, Any]:
    """The answer for ``verbose_json``; ``granularities`` (word, segment) say what of, none: segments."""
    answer: dict[str, Any] = {
        "task": transcript.task,
        "language": LANGUAGES.get(transcript.language, transcript.language).lower(),
        "duration": transcript.duration_seconds,
        "text": transcript.text,
    }
    if "segment" in granularities or not granularities:
        answer["segments"] = [_segment(segment) for segment in transcript.segments]
    if "word" in granularities:
        answer["words"] = [
            {"word": word.text.strip(), "start": word.start, "end": word.end}
            for segment in transcript.segments
            for word in segment.words
        ]
    return answer


def _segment(segment: Segment) -> dict[str, Any]:
    text = segment.text.encode()
    return {
        "id": segment.id,
        "seek": 0,
        "start": segment.start,
        "end": segment.end,
        "text": segment.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": math.log(max(segment.confidence, _LEAST_CONFIDENCE)),
        "compression_ratio": len(text) / len(zlib.compress(text)),
        "no_speech_prob": segment.no_speech_probability,
    }


def rendered(transcript: Transcript, response_format: str, granularities: frozenset[str]) -> tuple[str, str]:
    """The answer's body and type, for the formats that are made of ``transcript.json``."""
    if response_format == "text":
        return transcript.text + "\n", "text/plain; charset=utf-8"
    document = (
        verbose_json(transcript, granularities)
        if response_format == "verbose_json"
        else {"text": transcript.text}
    )
    return json.dumps(document, ensure_ascii=False), "application/json"
