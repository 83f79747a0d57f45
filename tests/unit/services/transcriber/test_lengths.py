import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.transcriber.engine import HeardSegment, HeardWord, Span
from services.transcriber.guards import in_order
from services.transcriber.lengths import SHORTEST_SECONDS, lengthened, with_length

CLOSE = 1e-6
TIMES = st.floats(0, 30)
BOUNDS = Span(0.0, 30.0)


def lengthen(*times: tuple[float, float], bounds: Span = BOUNDS) -> list[tuple[float, float]]:
    spans = lengthened([Span(*pair) for pair in times], [SHORTEST_SECONDS] * len(times), bounds)
    return [(round(span.start, 6), round(span.end, 6)) for span in spans]


def test_a_word_without_length_takes_from_the_gap_after_it():
    assert lengthen((2.0, 2.95), (2.95, 2.95), (3.1, 3.3)) == [(2.0, 2.95), (2.95, 2.97), (3.1, 3.3)]


def test_without_a_gap_it_takes_from_the_next_word():
    assert lengthen((2.0, 2.95), (2.95, 2.95), (2.95, 3.3)) == [(2.0, 2.95), (2.95, 2.97), (2.97, 3.3)]


def test_the_last_word_takes_from_the_one_before_it():
    assert lengthen((1.0, 3.0), (3.0, 3.0), bounds=Span(1.0, 3.0)) == [(1.0, 2.98), (2.98, 3.0)]


def test_more_words_than_there_is_room_for_share_it():
    assert lengthen(*[(1.0, 1.0)] * 4, bounds=Span(1.0, 1.02)) == [
        (1.0, 1.005),
        (1.005, 1.01),
        (1.01, 1.015),
        (1.015, 1.02),
    ]


@st.composite
def segments_in_order(draw) -> list[HeardSegment]:
    """As the guards leave them, with many times that are equal."""
    segments, clock = [], 0.0
    for start, end, words in draw(
        st.lists(st.tuples(TIMES, TIMES, st.lists(st.tuples(TIMES, TIMES), max_size=8)), max_size=8)
    ):
        heard = tuple(HeardWord(*pair, "x", 1.0) for pair in words)
        mended = in_order(HeardSegment(start, end, "x", -0.1, 0.0, 1.0, heard), clock, 30.0)
        clock = mended.end
        segments.append(mended)
    return segments


@given(segments_in_order())
def test_all_have_a_length_in_order_and_within_their_bounds(segments):
    lengthy = with_length(segments, 30.0)

    assert [len(segment.words) for segment in lengthy] == [len(segment.words) for segment in segments]
    clock = 0.0
    for segment in lengthy:
        assert clock <= segment.start
        assert segment.end - segment.start >= SHORTEST_SECONDS - CLOSE
        clock = segment.start
        for word in segment.words:
            assert clock <= word.start
            assert word.end - word.start >= SHORTEST_SECONDS - CLOSE
            clock = word.end
        assert clock <= segment.end <= 30.0
        clock = segment.end


@given(segments_in_order())
def test_what_has_its_lengths_is_left_alone(segments):
    once = with_length(segments, 30.0)
    for first, second in zip(once, with_length(once, 30.0), strict=True):
        assert (second.start, second.end) == pytest.approx((first.start, first.end), abs=CLOSE)
        for word, again in zip(first.words, second.words, strict=True):
            assert (again.start, again.end) == pytest.approx((word.start, word.end), abs=CLOSE)
