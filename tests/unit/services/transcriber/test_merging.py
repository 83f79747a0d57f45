"""Seams between overlapping chunks: whatever was said stands once, in order."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.transcriber.lengths import SHORTEST_SECONDS
from services.transcriber.merging import join
from shared.domain.transcript import Segment, Word

VOCABULARY = ("yes", "no", "the", "train", "leaves", "at", "five", "o'clock")


def word(text: str, start: float, end: float) -> Word:
    return Word(start=round(start, 3), end=round(end, 3), text=text, confidence=0.9)


def segments_of(words: list[Word], size: int = 4) -> list[Segment]:
    """Segments of so many words each."""
    groups = [words[index : index + size] for index in range(0, len(words), size)]
    return [
        Segment(
            id=number,
            start=group[0].start,
            end=group[-1].end,
            text=" ".join(each.text for each in group),
            confidence=0.9,
            no_speech_probability=0.0,
            words=tuple(group),
        )
        for number, group in enumerate(groups)
    ]


def texts(segments: list[Segment]) -> list[str]:
    return [each.text for segment in segments for each in segment.words]


def speech_of(seed: int) -> tuple[list[Word], float, float]:
    """Words without pause, and an overlap of six seconds somewhere in the middle."""
    chance = Random(seed)
    clock, words = 0.0, []
    for _ in range(chance.randint(60, 100)):
        length = chance.uniform(0.15, 0.8)
        words.append(word(chance.choice(VOCABULARY), clock, clock + length))
        clock += length
    start = chance.uniform(clock * 0.3, clock * 0.5)
    return words, round(start, 3), round(start + 6.0, 3)


# One number for each speech: to draw every word would cost a hundred times what joining them does.
speeches = st.builds(speech_of, st.integers(0, 2**32))


def heard_left(words: list[Word], end: float) -> list[Word]:
    return [each for each in words if each.end <= end]


def heard_right(words: list[Word], start: float, shift: float = 0.0) -> list[Word]:
    kept = [each for each in words if each.start >= start]
    return [word(each.text, max(start, each.start + shift), max(start, each.end + shift)) for each in kept]


@given(speeches, st.integers(1, 7), st.integers(1, 7))
def test_where_both_hear_the_same_no_word_is_lost_or_doubled(speech, size, other_size) -> None:
    words, start, end = speech
    left = segments_of(heard_left(words, end), size)
    right = segments_of(heard_right(words, start), other_size)
    assert texts(join(left, right, start, end)) == [each.text for each in words]


@given(speeches, st.floats(-0.09, 0.09))
def test_a_little_disagreement_about_times_loses_and_doubles_nothing(speech, shift) -> None:
    words, start, end = speech
    unlike = [word(f"{each.text}{index}", each.start, each.end) for index, each in enumerate(words)]
    left = segments_of(heard_left(unlike, end))
    right = segments_of(heard_right(unlike, start, shift))
    assert texts(join(left, right, start, end)) == [each.text for each in unlike]


@given(speeches, st.floats(-0.5, 0.5), st.integers(1, 7))
def test_at_the_seam_times_never_run_backwards_and_every_word_has_a_length(speech, shift, size) -> None:
    words, start, end = speech
    left, right = heard_left(words, end), heard_right(words, start, shift)
    joined = join(segments_of(left), segments_of(right, size), start, end)
    assert_in_order(joined)
    for segment in joined:
        assert segment.text == " ".join(each.text for each in segment.words)


@given(speeches, st.integers(0, 10_000), st.integers(1, 7))
def test_however_each_word_is_dated_by_the_right_one_none_is_lost_doubled_or_without_length(
    speech, seed, size
) -> None:
    words, start, end = speech
    unlike = [word(f"{each.text}{index}", each.start, each.end) for index, each in enumerate(words)]
    clock, right, chance = start, [], Random(seed)
    for each in heard_right(unlike, start):
        begin = max(clock, each.start + chance.uniform(-0.29, 0.29))
        clock = max(begin + SHORTEST_SECONDS, each.end + chance.uniform(-0.29, 0.29))
        right.append(word(each.text, begin, clock))
    joined = join(segments_of(heard_left(unlike, end)), segments_of(right, size), start, end)
    assert texts(joined) == [each.text for each in unlike]
    assert_in_order(joined)


def assert_in_order(segments: list[Segment]) -> None:
    clock = 0.0
    for segment in segments:
        assert clock <= segment.start < segment.end
        clock = segment.start
        for each in segment.words:
            assert clock <= each.start < each.end <= segment.end
            clock = each.end
        clock = segment.end


def test_a_word_that_the_right_one_dates_before_the_last_of_the_left_one_keeps_a_length() -> None:
    left = segments_of([word("brown", 10, 10.5), word("fox", 10.5, 11.2)])
    right = segments_of([word("fox", 10, 10.5), word("jumps", 10.5, 11), word("over", 11.3, 12)])
    [_, fox], [jumps, over] = (segment.words for segment in join(left, right, 9, 12))
    assert fox == word("fox", 10.5, 11.2)
    assert jumps == word("jumps", 11.2, 11.22)
    assert over == word("over", 11.3, 12)


def test_at_the_very_end_of_a_file_the_last_word_takes_from_the_one_before() -> None:
    left = segments_of([word("brown", 10, 10.5), word("fox", 10.5, 11.2)])
    right = segments_of([word("fox", 10, 10.5), word("jumps", 10.5, 11)])
    [_, fox], [jumps] = (segment.words for segment in join(left, right, 9, 11.2))
    assert (fox, jumps) == (word("fox", 10.5, 11.18), word("jumps", 11.18, 11.2))


def test_words_cut_off_at_either_edge_of_the_overlap_do_not_appear() -> None:
    left = segments_of([word("the", 8, 9), word("quick", 9, 10), word("brown", 10, 11), word("fox", 11, 12)])
    left += segments_of([word("ju", 12.8, 13)])
    right = segments_of([word("own", 10, 10.9), word("fox", 11.1, 12), word("jumps", 12.6, 13.4)])
    assert texts(join(left, right, 10, 13)) == ["the", "quick", "brown", "fox", "jumps"]


def test_where_the_two_agree_on_nothing_each_is_believed_on_its_side() -> None:
    left = segments_of([word("a", 9, 10), word("b", 10, 11), word("c", 11, 12), word("d", 12, 13)])
    right = segments_of([word("w", 10, 11), word("x", 11, 12), word("y", 12, 13), word("z", 13, 14)])
    assert texts(join(left, right, 10, 14)) == ["a", "b", "c", "y", "z"]


def test_where_one_heard_nothing_the_other_stands() -> None:
    words = segments_of([word("alone", 9, 9.5)])
    assert join(words, [], 10, 16) == words
    assert join([], words, 3, 8) == words


def test_a_segment_without_words_stands_whole() -> None:
    silent = Segment(id=0, start=11, end=12, text="Hm.", confidence=0.5, no_speech_probability=0.1)
    assert join([silent], [], 10, 16) == [silent]
    assert join([silent], [silent], 10, 16) == [silent]


def test_a_language_without_spaces_gets_none() -> None:
    words = [word(text, 10 + index, 11 + index) for index, text in enumerate("今日は晴れ")]
    left = [segments_of(words, 5)[0].model_copy(update={"text": "今日は晴れ"})]
    right = segments_of([word("晴", 13, 14), word("天", 14, 15)])
    assert join(left, right, 12, 15)[0].text == "今日は晴"
