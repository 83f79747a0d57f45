import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.transcriber.batch_decoding import share_out
from services.transcriber.pieces import Piece


def sizes(count: int, streams: int, most: int) -> list[int]:
    pieces = [Piece(np.zeros(1, np.float32), number) for number in range(count)]
    batches = share_out(pieces, streams, most)
    assert [piece for batch in batches for piece in batch] == pieces
    return [len(batch) for batch in batches]


@given(st.integers(0, 200), st.integers(1, 16), st.integers(1, 16))
def test_batches_are_of_about_one_size_and_every_stream_gets_one(count, streams, most):
    found = sizes(count, streams, most)

    assert all(1 <= size <= most for size in found)
    assert not found or max(found) - min(found) <= 1
    assert len(found) >= min(streams, count)


def test_batches_are_no_smaller_than_the_streams_need():
    assert sizes(10, streams=2, most=6) == [5, 5]
    assert sizes(10, streams=2, most=4) == [3, 3, 4]
    assert sizes(3, streams=2, most=8) == [1, 2]
    assert sizes(1, streams=2, most=8) == [1]
