import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.transcriber.audio_decoder import SAMPLE_RATE
from services.transcriber.engine import HeardSegment, HeardWord, Span
from services.transcriber.guards import has_loop, in_order, is_silent, stretches, suspicions
from shared.domain.transcript import SegmentFlag

LOUD = np.full(10 * SAMPLE_RATE, 0.1, np.float32)
ALL = (Span(0, 10),)


@pytest.mark.parametrize(
    "text",
    [
        "thank you thank you thank you thank you",
        "six six six six six",
        "Six, six. Six! six six",
        "I think that I think that I think that",
        "and then the one about the dog and the one about the dog and the one about the dog and",
    ],
)
def test_a_phrase_that_follows_itself_too_often_is_a_loop(text):
    assert has_loop(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no",
        "no, no, no, no",
        "bye bye, bye bye",
        "one two three four five six",
        "very very good and very bad",
    ],
)
def test_what_people_say_is_no_loop(text):
    assert not has_loop(text.split())


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=1), unique_by=str.casefold, max_size=30))
def test_words_that_all_differ_are_no_loop(words):
    assert not has_loop(words)


def test_text_without_a_detected_voice_under_it_is_over_silence():
    assert is_silent(LOUD, Span(5, 6), speech=(Span(0, 5), Span(6, 10)))
    assert not is_silent(LOUD, Span(5, 6), speech=(Span(0, 5.5),))


def test_text_over_digital_silence_is_over_silence_whatever_was_detected():
    samples = LOUD.copy()
    samples[3 * SAMPLE_RATE : 5 * SAMPLE_RATE] = 1e-5

    assert is_silent(samples, Span(3, 5), ALL)
    assert not is_silent(samples, Span(2.9, 5), ALL)


def test_a_stretch_too_short_to_measure_is_not_called_silent():
    assert not is_silent(np.zeros(SAMPLE_RATE, np.float32), Span(0.5, 0.51), ALL)


def flags_of(*segments, duration_seconds=10.0):
    return [set(flags) for flags in suspicions(segments, duration_seconds)]


def test_sound_segments_are_not_suspected(heard):
    assert flags_of(heard("Good morning.", 0, 2), heard("How are you?", 2, 4)) == [set(), set()]


def test_what_compresses_too_well_is_repetition(heard):
    assert flags_of(heard("la la", 0, 2, compression_ratio=2.5)) == [{SegmentFlag.REPETITION}]


def test_the_same_sentence_three_times_in_a_row_is_repetition(heard):
    texts = ["Hello.", "Thanks.", "Thanks.", "thanks.", "Bye."]
    segments = [heard(text, index, index + 1) for index, text in enumerate(texts)]

    assert [bool(flags) for flags in flags_of(*segments)] == [False, True, True, True, False]


def test_a_guess_is_low_confidence(heard):
    assert flags_of(heard("Mumble.", 0, 2, mean_log_probability=-1.2)) == [{SegmentFlag.LOW_CONFIDENCE}]


def test_doubtful_text_where_the_model_hears_nobody_is_over_silence(heard):
    doubtful = heard("Thank you.", 0, 2, no_speech_probability=0.8, mean_log_probability=-0.8)
    certain = heard("Thank you.", 0, 2, no_speech_probability=0.8, mean_log_probability=-0.2)

    assert flags_of(doubtful) == [{SegmentFlag.OVER_SILENCE}]
    assert flags_of(certain) == [set()]


def test_times_that_run_backwards_or_past_the_end_are_suspected(heard):
    assert flags_of(heard("a", 4, 6), heard("b", 1, 3)) == [set(), {SegmentFlag.TIMES_CORRECTED}]
    assert flags_of(heard("a", 4, 3)) == [{SegmentFlag.TIMES_CORRECTED}]
    assert flags_of(heard("a", 8, 12)) == [{SegmentFlag.TIMES_CORRECTED}]
    assert flags_of(heard("a", 4, 6), heard("b", 5.8, 10.2)) == [set(), set()]


def test_suspected_neighbours_make_one_stretch():
    bad, good = frozenset({SegmentFlag.REPETITION}), frozenset()

    assert stretches([good, bad, bad, good, bad]) == [range(1, 3), range(4, 5)]
    assert stretches([]) == []


TIMES = st.floats(-5, 30)


@given(start=TIMES, end=TIMES, words=st.lists(st.tuples(TIMES, TIMES)), bounds=st.tuples(TIMES, TIMES))
def test_mended_times_lie_within_bounds_and_never_run_backwards(start, end, words, bounds):
    earliest, latest = sorted(bounds)
    segment = HeardSegment(
        start, end, "x", -0.1, 0.0, 1.0, tuple(HeardWord(a, b, "x", 1.0) for a, b in words)
    )

    mended = in_order(segment, earliest, latest)

    assert earliest <= mended.start <= mended.end <= latest
    times = [mended.start, *(time for word in mended.words for time in (word.start, word.end)), mended.end]
    assert times == sorted(times)
