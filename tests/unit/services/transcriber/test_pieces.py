import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.transcriber.audio_decoder import SAMPLE_RATE
from services.transcriber.pieces import (
    PIECE_SECONDS,
    Piece,
    cut_into_pieces,
    split_at_timestamps,
)

FIRST_TIMESTAMP = 1000


def at(seconds: float) -> int:
    """The token of a time."""
    return FIRST_TIMESTAMP + round(seconds / 0.02)


def split(*tokens: int, seconds: float = 30.0):
    decoded = split_at_timestamps(tokens, FIRST_TIMESTAMP, seconds)
    segments = [(round(s.start, 2), round(s.end, 2), s.tokens) for s in decoded.segments]
    return segments, decoded.resume_at and round(decoded.resume_at, 2)


@settings(max_examples=25, deadline=None)
@given(seconds=st.floats(0, 200), seed=st.integers(0, 100))
def test_the_pieces_together_are_the_sound_in_order_and_none_is_too_long(seconds, seed):
    samples = np.random.default_rng(seed).uniform(-0.5, 0.5, int(seconds * SAMPLE_RATE)).astype(np.float32)

    pieces = cut_into_pieces(samples)

    assert np.array_equal(np.concatenate([np.empty(0), *(piece.samples for piece in pieces)]), samples)
    assert [piece.start_sample for piece in pieces] == list(
        np.cumsum([0, *(len(piece.samples) for piece in pieces[:-1])])[: len(pieces)]
    )
    assert all(0 < piece.seconds <= PIECE_SECONDS for piece in pieces)


def test_pieces_are_cut_in_a_pause_not_in_a_word():
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, 50 * SAMPLE_RATE).astype(np.float32)
    samples[int(25.5 * SAMPLE_RATE) : int(26.5 * SAMPLE_RATE)] *= 0.001

    first, second = cut_into_pieces(samples)

    assert 25.5 < first.seconds < 26.5
    assert second.start_seconds == first.seconds


def test_sound_of_one_piece_is_not_cut():
    [piece] = cut_into_pieces(np.zeros(int(PIECE_SECONDS * SAMPLE_RATE), np.float32))

    assert (piece.start_sample, piece.seconds) == (0, PIECE_SECONDS)


@given(st.integers(0, 10**9), st.floats(0, 29))
def test_the_rest_of_a_piece_lies_where_it_lay_in_the_sound(start_sample, seconds):
    piece = Piece(np.arange(30 * SAMPLE_RATE, dtype=np.float32), start_sample)

    rest = piece.rest(seconds)

    assert rest.samples[0] == rest.start_sample - start_sample
    assert abs(rest.start_seconds - (piece.start_seconds + seconds)) <= 1 / SAMPLE_RATE


def test_a_segment_stands_between_two_timestamps():
    segments, resume_at = split(at(0.5), 1, 2, at(3.0), at(3.6), 3, at(9.98))

    assert segments == [(0.5, 3.0, [at(0.5), 1, 2, at(3.0)]), (3.6, 9.98, [at(3.6), 3, at(9.98)])]
    assert resume_at is None


def test_text_that_was_begun_and_not_finished_is_heard_again_from_the_last_end():
    segments, resume_at = split(at(0), 1, at(28.5), at(28.5), 2, 3)

    assert segments == [(0.0, 28.5, [at(0), 1, at(28.5)])]
    assert resume_at == 28.5


def test_the_model_that_says_more_comes_is_believed_unless_hardly_anything_is_left():
    assert split(at(0), 1, at(20), at(20))[1] == 20.0
    assert split(at(0), 1, at(29.5), at(29.5))[1] is None


def test_a_rest_that_leaves_nothing_behind_is_not_heard_again_but_kept():
    assert split(at(0), 1, at(0.5), at(0.5), 2) == (
        [(0.0, 0.5, [at(0), 1, at(0.5)]), (0.5, 30.0, [at(0.5), 2])],
        None,
    )
    assert split(at(0), 1, at(30), at(30), 2, seconds=29.9)[1] is None


def test_text_without_a_pair_of_timestamps_is_one_segment_up_to_its_last_time():
    assert split(1, 2, seconds=12.5) == ([(0.0, 12.5, [1, 2])], None)
    assert split(at(0), 1, 2, at(7), seconds=12.5) == ([(0.0, 7.0, [at(0), 1, 2, at(7)])], None)
    assert split(at(0), 1, 2, seconds=12.5) == ([(0.0, 12.5, [at(0), 1, 2])], None)


def test_a_piece_of_which_nothing_was_said_is_one_segment_without_text():
    assert split(seconds=5.0) == ([(0.0, 5.0, [])], None)


@given(st.lists(st.one_of(st.integers(0, 900), st.integers(FIRST_TIMESTAMP, FIRST_TIMESTAMP + 1500))))
def test_no_text_token_is_lost_but_those_that_are_heard_again(tokens):
    decoded = split_at_timestamps(tokens, FIRST_TIMESTAMP, 30.0)

    kept = [token for segment in decoded.segments for token in segment.tokens]
    assert kept == tokens[: len(kept)]
    if decoded.resume_at is None:
        assert all(token >= FIRST_TIMESTAMP for token in tokens[len(kept) :])
