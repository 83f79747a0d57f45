"""Where long audio is cut, and that a plan neither loses nor repeats sound."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.transcriber.audio_decoder import SAMPLE_RATE, Samples
from services.transcriber.engine import Span
from services.transcriber.planning import (
    LEAST_SILENCE_SECONDS,
    OVERLAP_SECONDS,
    Chunking,
    Cut,
    chunks_between,
    nearest_silence,
    plan_cuts,
)
from shared.testing.builders import make_job

CHUNKING = Chunking(threshold_seconds=1200, chunk_seconds=600)
TIMES = (np.arange(60 * SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)


class File:
    """A file of a length, in which somebody speaks without pause but for the given silences."""

    def __init__(self, seconds: float, *silences: Span) -> None:
        self.seconds = seconds
        self.silences = silences
        self.excerpts: list[Span] = []
        self.searched: list[Span] = []

    def excerpt(self, start: float, end: float) -> Samples:
        """Each sample is its own time in it, so that a part can be told."""
        self.excerpts.append(Span(start, end))
        length = max(0, round((min(end, self.seconds) - start) * SAMPLE_RATE))
        return TIMES[:length]

    def find_speech(self, samples: Samples) -> list[Span]:
        length = len(samples) / SAMPLE_RATE
        begins_at = self.excerpts[-1].start + float(samples[0])
        window = Span(begins_at, begins_at + length)
        self.searched.append(window)
        speech, clock = [], 0.0
        for silence in self.silences:
            if window.overlaps(silence):
                speech.append(Span(clock, max(clock, silence.start - window.start)))
                clock = silence.end - window.start
        return [*speech, Span(min(clock, length), length)]

    def cuts(self, header_seconds: float | None) -> list[Cut]:
        return plan_cuts(
            header_seconds,
            CHUNKING,
            excerpt=self.excerpt,
            find_speech=self.find_speech,
            still_wanted=lambda: None,
        )


def test_cuts_lie_in_the_silence_nearest_to_each_boundary() -> None:
    file = File(1800, Span(575, 577), Span(610, 612), Span(1199.5, 1201))
    assert file.cuts(1800) == [Cut(610.2), Cut(1200)]


def test_where_nobody_pauses_both_neighbours_hear_the_boundary() -> None:
    cuts = File(1800).cuts(1800)
    assert cuts == [Cut(600, OVERLAP_SECONDS), Cut(1200, OVERLAP_SECONDS)]
    first, second, third = chunks_between(make_job(), cuts)
    assert (first.starts_at, first.ends_at) == (0, 603)
    assert (second.starts_at, second.ends_at) == (597, 1203)
    assert (third.starts_at, third.ends_at) == (1197, None)
    assert all(chunk.overlaps for chunk in (first, second, third))


def test_only_windows_around_the_boundaries_are_read() -> None:
    file = File(3 * 3600)
    file.cuts(3 * 3600)
    assert all(span.end - span.start == 60 for span in file.excerpts)
    assert len(file.excerpts) == 17


def test_voices_are_looked_for_close_to_a_boundary_first() -> None:
    file = File(2400, Span(604, 605), Span(1215, 1216))
    assert [round(cut.at, 2) for cut in file.cuts(2400)] == [604.2, 1215.2, 1800]
    assert [round(span.end - span.start, 2) for span in file.searched] == [16.5, 16.5, 60, 16.5, 60]


def test_what_only_seems_silent_because_listening_began_inside_a_word_is_no_place_to_cut() -> None:
    def deaf_at_first(samples: Samples) -> list[Span]:
        return [Span(0.49, len(samples) / SAMPLE_RATE)]

    cuts = plan_cuts(
        1800, CHUNKING, excerpt=File(1800).excerpt, find_speech=deaf_at_first, still_wanted=lambda: None
    )
    assert cuts == [Cut(600, OVERLAP_SECONDS), Cut(1200, OVERLAP_SECONDS)]


@given(st.lists(st.integers(5710, 6299), max_size=12, unique=True))
def test_looking_close_by_first_finds_what_looking_everywhere_finds(tenths: list[int]) -> None:
    times = sorted(tenths)
    silences = [Span(a / 10, b / 10) for a, b in zip(times[::2], times[1::2], strict=False)]
    file = File(1300, *silences)
    found = file.cuts(1300)[0].at
    speech = [Span(570, 570), *silences, Span(630, 630)]
    whole = nearest_silence([Span(a.end - 570, b.start - 570) for a, b in pairwise(speech)], 60, wanted=30)
    assert abs(found - 600) == pytest.approx(0 if whole is None else abs(whole - 30), abs=0.01)


@pytest.mark.parametrize("header_seconds", [None, 5, 1200])
def test_a_file_that_is_not_known_to_be_long_is_not_cut(header_seconds: float | None) -> None:
    file = File(10_800)
    assert file.cuts(header_seconds) == []
    assert file.excerpts == []


def test_a_header_that_claims_too_much_gives_no_chunks_past_the_end() -> None:
    assert [cut.at for cut in File(1500).cuts(100_000)] == [600, 1200]
    assert File(300).cuts(100_000) == []


def test_a_file_that_cant_seek_is_not_cut() -> None:
    assert File(0).cuts(7200) == []


def test_the_last_chunk_is_never_a_scrap() -> None:
    assert [cut.at for cut in File(1490).cuts(1490)] == [600]


spans = st.lists(st.floats(0, 60), max_size=20).map(
    lambda times: [Span(a, b) for a, b in zip(*[iter(sorted(times)[: len(times) // 2 * 2])] * 2, strict=True)]
)


@given(spans)
def test_the_chosen_place_is_never_in_speech(speech: list[Span]) -> None:
    place = nearest_silence(speech, 60, wanted=30)
    if place is None:
        edges = [0.0, *(time for span in speech for time in (span.start, span.end)), 60.0]
        assert all(b - a < LEAST_SILENCE_SECONDS for a, b in zip(edges[::2], edges[1::2], strict=True))
    else:
        assert not any(span.start < place < span.end for span in speech)


@given(st.floats(1201, 43_200), spans)
def test_chunks_cover_the_file_without_a_gap(seconds: float, silences: list[Span]) -> None:
    moved = [Span(span.start + 570, span.end + 570) for span in silences]
    chunks = chunks_between(make_job(), File(seconds, *moved).cuts(seconds))
    assert chunks[0].starts_at == 0
    assert chunks[-1].ends_at is None
    for one, following in pairwise(chunks):
        assert one.ends_at is not None
        assert one.starts_at < following.starts_at <= one.ends_at


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    """Ninety seconds in which no two moments sound alike."""
    random = np.random.default_rng(7)
    time = np.arange(90 * SAMPLE_RATE) / SAMPLE_RATE
    loudness = 0.05 * (1.2 + np.sin(time * 0.37) + 0.5 * np.sin(time * 2.1))
    return (random.standard_normal(len(time)) * loudness).astype(np.float32)[None]


CONTAINERS = {
    "wav": ("pcm_s16le", {}),
    "flac": ("flac", {}),
    "ipod": ("aac", {}),
    "mp3": ("libmp3lame", {}),
    "mp3 without an index": ("libmp3lame", {"write_xing": "0"}),
    "adts": ("aac", {}),
    "matroska": ("aac", {}),
    "ogg": ("libopus", {}),
    "mpegts": ("aac", {}),
}


@pytest.mark.heavy
@pytest.mark.parametrize("name", CONTAINERS)
def test_parts_of_a_file_are_together_the_whole_whatever_the_container(
    name: str, noise: np.ndarray, encode: Callable[..., bytes], open_decoder: Callable
) -> None:
    codec, options = CONTAINERS[name]
    media = encode(noise, 16_000, name.partition(" ")[0], codec, options=options)
    with open_decoder(media) as decoder:
        whole = np.concatenate(list(decoder.blocks()))
    for start, end in ((30.5, 60.25), (60.25, None)):
        with open_decoder(media) as decoder:
            part = np.concatenate(list(decoder.blocks(start, end)))
        expected = whole[round(start * SAMPLE_RATE) : None if end is None else round(end * SAMPLE_RATE)]
        assert abs(len(part) - len(expected)) <= SAMPLE_RATE // 20
        assert displacement(expected, part) <= 0.02


def displacement(expected: Samples, part: Samples) -> float:
    """How far, in seconds, some sound of the part lies from where it should."""
    middle, half = SAMPLE_RATE * 10, SAMPLE_RATE // 10
    found = np.correlate(part[middle - half : middle + SAMPLE_RATE + half], expected[middle:][:SAMPLE_RATE])
    return abs(int(np.argmax(found)) - half) / SAMPLE_RATE


@pytest.mark.heavy
def test_a_place_past_the_end_holds_nothing(
    noise: np.ndarray, encode: Callable[..., bytes], open_decoder: Callable
) -> None:
    media = encode(noise, 16_000, "ipod", "aac")
    with open_decoder(media) as decoder:
        assert len(decoder.excerpt(200, 260)) == 0
        assert len(decoder.excerpt(80, 260)) == pytest.approx(10 * SAMPLE_RATE, rel=0.02)
        assert len(decoder.excerpt(20, 30)) == 10 * SAMPLE_RATE
