import numpy as np
import pytest

from services.transcriber.audio_decoder import SAMPLE_RATE
from services.transcriber.engine import HearingRequest, Span
from services.transcriber.second_hearing import MARGIN_SECONDS, SecondHearing
from shared.domain.errors import LeaseLost
from shared.domain.transcript import SegmentFlag

SAMPLES = np.full(20 * SAMPLE_RATE, 0.1, np.float32)
ALL = (Span(0, 12),)
REQUEST = HearingRequest("en", "transcribe", word_timestamps=True, prompt="Names: Ann.", hotwords="Ann")
LOOP = "Ann said Ann said Ann said Ann said Ann said"


def check(engine, *segments, speech=ALL, samples=SAMPLES, still_wanted=lambda: None):
    return SecondHearing(engine, samples, REQUEST, still_wanted=still_wanted).check(segments, speech)


def test_what_nobody_suspects_is_heard_once(scripted, heard):
    engine = scripted([[]])

    checked = check(engine, heard("Good morning.", 0, 2), heard("Hello.", 2, 4))

    assert [(c.heard.text, c.flags) for c in checked] == [("Good morning.", ()), ("Hello.", ())]
    assert engine.requests == []


def test_a_loop_is_heard_again_carefully_without_prompt_and_hotwords(scripted, heard):
    engine = scripted([[heard("Ann said yes.", 0.3, 2.3)]])

    checked = check(engine, heard("Good morning.", 0, 2), heard(LOOP, 5, 7), heard("Bye.", 8, 9))

    [request] = engine.requests
    assert request == HearingRequest("en", "transcribe", word_timestamps=True, careful=True)
    assert engine.lengths == [pytest.approx((2 + 2 * MARGIN_SECONDS) * SAMPLE_RATE, abs=2)]
    assert [c.heard.text for c in checked] == ["Good morning.", "Ann said yes.", "Bye."]
    assert [c.flags for c in checked] == [(), (SegmentFlag.REDECODED,), ()]


def test_the_second_hearing_is_placed_where_it_was_heard(scripted, heard):
    engine = scripted([[heard("Ann said yes.", 0.3, 2.3)]])

    [checked] = check(engine, heard(LOOP, 5, 7))

    assert checked.heard.start == pytest.approx(5.0, abs=0.001)
    assert checked.heard.end == pytest.approx(7.0, abs=0.001)
    assert checked.heard.words[0].start == pytest.approx(5.0, abs=0.001)


def test_a_job_that_is_lost_meanwhile_ends_the_second_hearing(scripted, heard):
    def lost():
        raise LeaseLost

    with pytest.raises(LeaseLost):
        check(scripted([[heard("Ann said yes.", 0.3, 2.3)]]), heard(LOOP, 5, 7), still_wanted=lost)


def test_a_loop_that_stays_is_kept_and_marked(scripted, heard):
    engine = scripted([[heard(LOOP, 0.3, 2.3)]])

    [checked] = check(engine, heard(LOOP, 5, 7))

    assert (checked.heard.text, checked.flags) == (LOOP, (SegmentFlag.REPETITION,))
    assert len(engine.requests) == 1


def test_a_repetition_that_was_really_said_is_not_replaced_by_a_guess(scripted, heard):
    engine = scripted([[heard("Ann sedan an aunt.", 0.3, 2.3, mean_log_probability=-0.9)]])

    [checked] = check(engine, heard(LOOP, 5, 7, mean_log_probability=-0.1))

    assert (checked.heard.text, checked.flags) == (LOOP, (SegmentFlag.REPETITION,))


def test_doubtful_text_is_dropped_once_its_stretch_proves_silent(scripted, heard):
    invented = heard("Thanks.", 5, 7, no_speech_probability=0.9, mean_log_probability=-0.9)

    assert check(scripted([[]], speech=()), invented) == []


def test_doubtful_text_with_a_voice_under_it_is_kept_and_marked(scripted, heard):
    invented = heard("Thanks.", 5, 7, no_speech_probability=0.9, mean_log_probability=-0.9)

    [checked] = check(scripted([[]]), invented)

    assert checked.flags == (SegmentFlag.OVER_SILENCE,)


def test_text_over_silence_is_dropped_without_a_second_hearing(scripted, heard):
    engine = scripted([[]])
    samples = SAMPLES.copy()
    samples[10 * SAMPLE_RATE :] = 0

    checked = check(
        engine,
        heard("Hello.", 0, 2),
        heard("Thanks for watching!", 12, 15),
        speech=(Span(0, 4), Span(11, 16)),
        samples=samples,
    )

    assert [c.heard.text for c in checked] == ["Hello."]
    assert engine.requests == []


def test_stretches_that_grow_and_shrink_leave_the_others_in_place(scripted, heard):
    engine = scripted(
        [[heard("Last.", 0.3, 1)], [heard("First", 0.3, 1), heard("and second.", 1, 2)]],
    )

    checked = check(engine, heard(LOOP, 0, 3), heard("Middle.", 5, 6), heard(LOOP, 8, 9), heard(LOOP, 9, 11))

    assert [c.heard.text for c in checked] == ["First", "and second.", "Middle.", "Last."]


def test_times_that_stay_wrong_are_put_in_order_and_marked(scripted, heard):
    segments = heard("One.", 4, 6), heard("Two.", 1, 3), heard("Three.", 18, 25)

    checked = check(scripted([[]]), *segments, speech=(Span(0, 20),))

    assert [c.flags for c in checked] == [(), (SegmentFlag.TIMES_CORRECTED,), (SegmentFlag.TIMES_CORRECTED,)]
    times = [time for c in checked for time in (c.heard.start, c.heard.end)]
    assert times == sorted(times)
    assert times[-1] <= 20


def test_speech_that_no_text_came_of_is_heard_again_and_put_in_its_place(scripted, heard):
    engine = scripted([[heard("What was passed over.", 1, 11)]])

    checked = check(
        engine, heard("Before.", 0, 2), heard("After.", 16, 18), speech=(Span(0, 20),), samples=SAMPLES
    )

    assert [c.heard.text for c in checked] == ["Before.", "What was passed over.", "After."]
    assert [c.flags for c in checked] == [(), (SegmentFlag.REDECODED,), ()]
    assert (checked[1].heard.start, checked[1].heard.end) == (3, 13)
    [request] = engine.requests
    assert not request.careful


def test_a_pause_or_an_unclear_word_is_not_heard_again(scripted, heard):
    engine = scripted([[]])

    check(engine, heard("Before.", 0, 2), heard("After.", 16, 18), speech=(Span(0, 8), Span(15, 18)))

    assert engine.requests == []


def test_what_stays_without_text_is_heard_again_only_once(scripted):
    engine = scripted([[]])

    assert check(engine, speech=(Span(0, 20),)) == []

    assert len(engine.requests) == 1
