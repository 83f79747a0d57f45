"""When each written word is spoken."""

import re


def word_times(
    text: str, starts: list[tuple[int, float]], duration_s: float
) -> list[tuple[int, int, float, float]]:
    """(start character, end character, start s, end s) of the words between blanks.

    espeak-ng may announce a written word several times ("ninety-six") or not at all; the first
    announcement counts, and a word without one shares the time of its neighbours.
    """
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    first: list[float | None] = [None] * len(spans)
    for position, seconds in starts:
        for index, (begin, end) in enumerate(spans):
            if begin <= position < end:
                known = first[index]
                first[index] = seconds if known is None else min(known, seconds)
                break
    first[0] = 0.0 if first[0] is None else first[0]
    ends = [duration_s] * len(spans)
    for index in range(len(spans) - 2, -1, -1):
        following = first[index + 1]
        ends[index] = ends[index + 1] if following is None else following
    times, begins = [], 0.0
    for (begin, end), start_s, end_s in zip(spans, first, ends, strict=True):
        begins = begins if start_s is None else start_s
        times.append((begin, end, round(begins, 3), round(end_s, 3)))
    return times
