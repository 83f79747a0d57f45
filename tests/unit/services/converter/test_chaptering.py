import json

import pytest

from services.converter.workflows.chaptering import chapters_document, chapters_of
from shared.domain.transcript import Segment, Transcript
from shared.testing.clock import START


def transcript(*segments, seconds=600):
    """Segments as (start, end, text)."""
    made = [
        Segment(id=number, start=start, end=end, text=text, confidence=1, no_speech_probability=0)
        for number, (start, end, text) in enumerate(segments)
    ]
    return Transcript(
        job_id="01KAGZ4Q8B5W2J0T3X9V6M7N1D",
        filename="a.mp3",
        task="transcribe",
        model="fixture",
        language="en",
        duration_seconds=seconds,
        speech_seconds=seconds,
        confidence=1,
        text="",
        segments=tuple(made),
        created_at=START,
    )


def talk(pauses, seconds=600, phrase=10.0):
    """Phrases without a rest, but where ``pauses`` (seconds by time) say so."""
    segments, at = [], 0.0
    while at < seconds:
        pause = pauses.get(at, 0)
        segments.append((at + pause, min(at + phrase, seconds), f"words at {at:g}"))
        at += phrase
    return transcript(*segments, seconds=seconds)


def starts(chapters):
    return [chapter.start for chapter in chapters]


def test_chapters_begin_at_the_longest_pauses_and_at_the_very_start():
    found = chapters_of(talk({200.0: 2.0, 400.0: 3.0, 410.0: 1.0}), least_seconds=150)

    assert starts(found) == ["00:00:00.000", "00:03:22.000", "00:06:43.000"]
    assert [chapter.title for chapter in found] == [
        "words at 0 words at 10 words at",
        "words at 200 words at 210 words at",
        "words at 400 words at 410 words at",
    ]


def test_no_chapter_is_shorter_than_the_least():
    pauses = {float(at): 0.5 + at / 1000 for at in range(10, 600, 10)}
    for least in (30, 100, 290):
        found = chapters_of(talk(pauses), least_seconds=least)
        times = [int(chapter.start[3:5]) * 60 + float(chapter.start[6:]) for chapter in found]
        lengths = [later - earlier for earlier, later in zip(times, [*times[1:], 600.0], strict=True)]
        assert min(lengths) >= least
        assert len(found) > 1


@pytest.mark.parametrize("pauses", [{}, {300.0: 0.2}], ids=["none", "too short"])
def test_without_pauses_there_is_one_chapter(pauses):
    assert starts(chapters_of(talk(pauses), least_seconds=60)) == ["00:00:00.000"]


def test_where_nobody_speaks_there_are_no_chapters():
    assert chapters_of(transcript(), least_seconds=60) == ()
    assert chapters_of(transcript((0, 5, " ")), least_seconds=60) == ()


def test_a_title_is_short_and_ends_with_a_word():
    long_words = "Pneumonoultramicroscopicsilicovolcanoconiosis " * 3
    [chapter] = chapters_of(transcript((0, 9, long_words), seconds=10), least_seconds=60)
    assert len(chapter.title) <= 60
    assert chapter.title.startswith("Pneumono")


def test_the_document_is_that_of_the_podcast_namespace():
    found = chapters_of(talk({300.0: 1.0}), least_seconds=150)
    assert json.loads(chapters_document(found, [0, 301_000])) == {
        "version": "1.2.0",
        "chapters": [
            {"startTime": 0, "title": "words at 0 words at 10 words at"},
            {"startTime": 301, "title": "words at 300 words at 310 words at"},
        ],
    }
