"""Compares transcripts with the truth: words and times."""

import difflib
import re
from typing import TYPE_CHECKING, Any

import jiwer
import numpy as np

if TYPE_CHECKING:  # scipy is not needed to count errors
    from tools.fixture_model.recordings import Recording


def normalised(text: str) -> str:
    """Lower case words without punctuation."""
    letters = "".join(c if c.isalnum() else " " for c in text.lower())
    return re.sub(r"\s+", " ", letters).strip()


def word_error_rate(references: list[str], hypotheses: list[str]) -> float:
    """(substitutions + deletions + insertions) / reference words, over all pairs."""
    return float(
        jiwer.wer(
            [normalised(reference) for reference in references],
            [normalised(hypothesis) or "-" for hypothesis in hypotheses],
        )
    )


def time_errors(segments: list[Any], recording: "Recording") -> dict[str, float | bool]:
    """How far the nearest segment's start and end are from each sentence's, in seconds."""
    if not segments:
        return {}
    starts = np.array([segment.start for segment in segments])
    ends = np.array([segment.end for segment in segments])
    start_errors = [np.abs(starts - s.start_s).min() for s in recording.sentences]
    end_errors = [np.abs(ends - s.end_s).min() for s in recording.sentences]
    in_order = (starts[1:] >= starts[:-1] - 1e-6).all() and (ends >= starts).all()
    return {
        "start_err_median": _rounded(np.median(start_errors)),
        "start_err_p90": _rounded(np.quantile(start_errors, 0.9)),
        "end_err_median": _rounded(np.median(end_errors)),
        "monotonic": bool(in_order),
    }


def word_time_errors(segments: list[Any], recording: "Recording") -> dict[str, float]:
    """How far the rightly heard words' starts are from the truth, in seconds."""
    heard = [(normalised(w.word), w.start) for s in segments for w in s.words]
    truth = [(normalised(w), start_s) for s in recording.sentences for w, start_s, _ in s.words]
    heard, truth = ([pair for pair in pairs if pair[0]] for pairs in (heard, truth))
    matcher = difflib.SequenceMatcher(
        None, [word for word, _ in truth], [word for word, _ in heard], autojunk=False
    )
    errors = [
        abs(heard[block.b + index][1] - truth[block.a + index][1])
        for block in matcher.get_matching_blocks()
        for index in range(block.size)
    ]
    if not errors:
        return {}
    return {
        "word_start_err_median": _rounded(np.median(errors)),
        "word_start_err_p90": _rounded(np.quantile(errors, 0.9)),
        "words": len(errors),
    }


def _rounded(seconds: Any) -> float:  # noqa: ANN401
    return round(float(seconds), 3)
