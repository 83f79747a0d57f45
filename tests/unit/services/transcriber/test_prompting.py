from hypothesis import given
from hypothesis import strategies as st

from services.transcriber.prompting import fit_to_context


def fit(prompt, hotwords, room_tokens=10):
    """One token a number."""
    return fit_to_context(
        prompt,
        hotwords,
        room_tokens=room_tokens,
        tokens_of=lambda text: [int(word) for word in text.split()],
        text_of=lambda tokens: " ".join(map(str, tokens)),
    )


def test_what_fits_is_left_alone():
    assert fit("1 2 3", "4 5") == ([1, 2, 3], "4 5")
    assert fit(None, None) == (None, None)


def test_the_end_of_a_prompt_and_the_beginning_of_hotwords_are_kept():
    assert fit("1 2 3 4 5 6 7 8 9", "11 12 13 14 15 16 17") == ([5, 6, 7, 8, 9], "11 12 13 14 15")


def test_a_prompt_alone_may_use_all_the_room():
    assert fit(" ".join(map(str, range(20))), None)[0] == list(range(10, 20))


NUMBERS = st.none() | st.lists(st.integers(0, 9), min_size=1, max_size=40).map(
    lambda n: " ".join(map(str, n))
)


@given(NUMBERS, NUMBERS, st.integers(2, 30))
def test_together_they_never_need_more_than_the_room(prompt, hotwords, room_tokens):
    tokens, words = fit(prompt, hotwords, room_tokens)

    assert len(tokens or ()) + len((words or "").split()) <= room_tokens
