"""Prompt and hotwords, cut to what a model has room for."""

from __future__ import annotations

from collections.abc import Callable


def fit_to_context(
    prompt: str | None,
    hotwords: str | None,
    *,
    room_tokens: int,
    tokens_of: Callable[[str], list[int]],
    text_of: Callable[[list[int]], str],
) -> tuple[list[int] | None, str | None]:
    """The prompt as tokens and the hotwords as text, together at most ``room_tokens`` tokens.

    faster-whisper gives half of a model's context to each; with both at their longest no place is left
    for the answer, and the model refuses. Of hotwords the first are kept, up to half the room; of the
    prompt the last, since they stand next to the answer.
    """
    room = room_tokens
    if hotwords:
        tokens = tokens_of(hotwords)
        if len(tokens) > room // 2:
            tokens = tokens[: room // 2]
            hotwords = text_of(tokens)
        room -= len(tokens)
    return (tokens_of(prompt)[-room:] if prompt else None), hotwords
