import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.transcriber.cues import LINE_CHARACTERS, LINES, cut_into_cues
from services.transcriber.renderings import RENDERINGS, to_json, to_srt, to_tsv, to_txt, to_vtt
from shared.domain.object_keys import TRANSCRIPT_EXTENSIONS
from shared.domain.transcript import Segment, Transcript, Word


def make_segment(text: str, start: float = 0.0, end: float = 1.0, *, words: bool = False, number: int = 0):
    parts = text.split()
    step = (end - start) / max(1, len(parts))
    return Segment(
        id=number,
        start=start,
        end=end,
        text=text,
        confidence=0.9,
        no_speech_probability=0.0,
        words=tuple(
            Word(start=start + i * step, end=start + (i + 1) * step, text=part, confidence=0.9)
            for i, part in enumerate(parts)
        )
        if words
        else (),
    )


def make_transcript(*segments: Segment) -> Transcript:
    return Transcript(
        job_id="01J0000000000000000000000A",
        filename="meeting.mp3",
        task="transcribe",
        model="fixture",
        language="en",
        language_probability=0.99,
        duration_seconds=60.0,
        speech_seconds=50.0,
        confidence=0.9,
        text=" ".join(segment.text for segment in segments),
        segments=segments,
        created_at=datetime(2026, 11, 20, tzinfo=UTC),
    )


WORDS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=60)
TEXTS = st.lists(WORDS, min_size=1, max_size=40).map(" ".join)


@st.composite
def transcripts(draw) -> Transcript:
    segments, clock = [], 0.0
    for number, text in enumerate(draw(st.lists(TEXTS, max_size=4))):
        start = clock + draw(st.floats(0, 4000))
        clock = start + draw(st.floats(0, 30))
        segments.append(
            make_segment(text, round(start, 3), round(clock, 3), words=draw(st.booleans()), number=number)
        )
    return make_transcript(*segments)


TWO = make_transcript(
    make_segment("Good morning, everyone.", 0.0, 1.5),
    make_segment("Tom & Ann: 1 < 2 --> done", 3661.25, 3663.0, number=1),
)


def test_srt_is_as_subrip_has_it():
    assert to_srt(TWO) == (
        "1\n00:00:00,000 --> 00:00:01,500\nGood morning, everyone.\n\n"
        "2\n01:01:01,250 --> 01:01:03,000\nTom & Ann: 1 < 2 --> done\n"
    )


def test_vtt_escapes_what_would_be_markup():
    assert to_vtt(TWO) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nGood morning, everyone.\n"
        "\n01:01:01.250 --> 01:01:03.000\nTom &amp; Ann: 1 &lt; 2 --&gt; done\n"
    )


def test_tsv_has_milliseconds_and_one_line_a_segment():
    assert to_tsv(TWO) == (
        "start\tend\ttext\n0\t1500\tGood morning, everyone.\n3661250\t3663000\tTom & Ann: 1 < 2 --> done\n"
    )


def test_txt_has_a_line_a_segment():
    assert to_txt(TWO) == "Good morning, everyone.\nTom & Ann: 1 < 2 --> done\n"


def test_json_is_the_transcript_in_camel_case_and_unescaped_utf_8():
    text = to_json(make_transcript(make_segment("¿Cuándo? 😀")))

    assert json.loads(text)["segments"][0]["noSpeechProbability"] == 0.0
    assert json.loads(text)["schemaVersion"] == 1
    assert "¿Cuándo? 😀" in text


def test_an_empty_transcript_gives_valid_empty_files():
    empty = make_transcript()

    assert {form.extension: form.write(empty) for form in RENDERINGS if form.extension != "json"} == {
        "txt": "",
        "srt": "",
        "vtt": "WEBVTT\n",
        "tsv": "start\tend\ttext\n",
    }


def test_a_long_segment_is_cut_between_words_at_their_times():
    words = [f"word{index:02d}" for index in range(24)]
    segment = make_segment(" ".join(words), 10.0, 34.0, words=True)

    cues = list(cut_into_cues([segment]))

    assert [line for cue in cues for line in cue.lines] == [
        " ".join(words[first : first + 6]) for first in range(0, 24, 6)
    ]
    assert [(cue.start_ms, cue.end_ms) for cue in cues] == [(10_000, 22_000), (22_000, 34_000)]


def test_words_of_a_language_without_spaces_are_not_pulled_apart():
    text = "今日は会議がありますのでよろしくお願いします" * 3
    parts = re.findall("..", text)
    words = tuple(
        Word(start=i / 10, end=(i + 1) / 10, text=part, confidence=1) for i, part in enumerate(parts)
    )
    segment = make_segment(text, 0.0, len(parts) / 10).model_copy(update={"words": words})

    lines = [line for cue in cut_into_cues([segment]) for line in cue.lines]

    assert "".join(lines) == text
    assert all(len(line) <= LINE_CHARACTERS for line in lines)


def test_words_that_are_not_the_text_are_not_used():
    segment = make_segment("what was said", 0.0, 3.0).model_copy(
        update={"words": (Word(start=0, end=1, text="else", confidence=1),)}
    )

    assert [cue.lines for cue in cut_into_cues([segment])] == [("what was said",)]


@settings(deadline=None, max_examples=30)
@given(transcripts())
def test_cues_fit_the_screen_keep_the_text_and_run_forward(transcript):
    cues = list(cut_into_cues(transcript.segments))

    said = "".join("".join(segment.text.split()) for segment in transcript.segments)
    assert "".join("".join(line.split()) for cue in cues for line in cue.lines) == said
    for cue in cues:
        assert len(cue.lines) <= LINES
        assert all(0 < len(line) <= LINE_CHARACTERS for line in cue.lines)
        assert cue.end_ms > cue.start_ms
    assert [cue.start_ms for cue in cues] == sorted(cue.start_ms for cue in cues)


@settings(deadline=None, max_examples=30)
@given(transcripts())
def test_srt_and_vtt_say_the_same_and_parse(transcript):
    srt = [block.split("\n") for block in to_srt(transcript).strip("\n").split("\n\n") if block]
    vtt = [block.split("\n") for block in to_vtt(transcript).strip("\n").split("\n\n")[1:]]

    assert [int(block[0]) for block in srt] == list(range(1, len(srt) + 1))
    assert [block[1].replace(",", ".") for block in srt] == [block[0] for block in vtt]
    assert all(re.fullmatch(r"\d{2,}:\d\d:\d\d,\d{3} --> \d{2,}:\d\d:\d\d,\d{3}", block[1]) for block in srt)
    assert not any("-->" in line or "<" in line for block in vtt for line in block[1:])


@settings(deadline=None, max_examples=30)
@given(transcripts())
def test_tsv_and_json_read_back(transcript):
    rows = [line.split("\t") for line in to_tsv(transcript).split("\n")[1:-1]]

    assert [row[2] for row in rows] == [segment.text for segment in transcript.segments]
    assert Transcript.model_validate_json(to_json(transcript)) == transcript


def test_every_form_is_one_that_a_deletion_knows_to_remove():
    assert tuple(form.extension for form in RENDERINGS) == TRANSCRIPT_EXTENSIONS


@pytest.mark.parametrize("form", RENDERINGS, ids=lambda form: form.extension)
def test_every_form_is_written_the_same_each_time(form):
    assert form.write(TWO) == form.write(TWO)
