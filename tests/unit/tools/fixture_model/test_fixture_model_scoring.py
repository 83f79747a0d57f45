from dataclasses import dataclass, field
from types import SimpleNamespace

from tools.fixture_model.scoring import time_errors, word_error_rate, word_time_errors
from tools.fixture_model.word_times import word_times


@dataclass
class Segment:
    start: float
    end: float
    words: list = field(default_factory=list)


def recording(*sentences):
    return SimpleNamespace(
        sentences=[SimpleNamespace(start_s=start, end_s=end, words=words) for start, end, words in sentences]
    )


def test_case_and_marks_do_not_count_as_word_errors():
    assert word_error_rate(["Hello, Anna! Ninety-six."], ["hello anna ninety six"]) == 0.0


def test_an_empty_transcript_misses_every_word():
    assert word_error_rate(["one two three four"], [""]) == 1.0


def test_time_errors_take_the_nearest_segment_of_each_sentence():
    truth = recording((0.5, 2.0, []), (3.0, 4.0, []))
    errors = time_errors([Segment(0.6, 2.2), Segment(3.3, 4.0)], truth)
    assert errors["start_err_median"] == 0.2
    assert errors["end_err_median"] == 0.1
    assert errors["monotonic"] is True


def test_word_times_are_compared_only_for_words_heard_rightly():
    truth = recording((0.0, 2.0, [("Yes,", 0.1, 0.4), ("Anna", 0.5, 0.9)]))
    heard = [
        Segment(0, 2, [SimpleNamespace(word=" Yes,", start=0.2), SimpleNamespace(word=" Emma", start=0.9)])
    ]
    errors = word_time_errors(heard, truth)
    assert errors["words"] == 1
    assert errors["word_start_err_median"] == 0.1


def test_a_word_announced_twice_begins_at_the_first_and_an_unannounced_one_shares_its_neighbours_time():
    times = word_times("So ninety-six a day", [(0, 0.0), (3, 0.3), (10, 0.7), (16, 1.4)], duration_s=2.0)
    assert times == [(0, 2, 0.0, 0.3), (3, 13, 0.3, 1.4), (14, 15, 0.3, 1.4), (16, 19, 1.4, 2.0)]
