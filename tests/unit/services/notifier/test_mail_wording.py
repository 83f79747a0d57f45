"""How facts read, and what other people's text can't smuggle into a mail."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.wording import (
    TEXT_COLUMNS,
    clock_duration,
    excerpt,
    moment,
    one_line,
    paragraph,
    shortened_name,
)

# Every code point there is, lone surrogates included.
ANY_TEXT = st.text(alphabet=st.characters())


@given(ANY_TEXT)
def test_one_line_holds_no_line_break_control_or_direction_override(text):
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    categories = {unicodedata.category(c) for c in line if c not in "\u200c\u200d"}
    assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    line.encode("utf-8")


@given(ANY_TEXT)
def test_one_line_of_one_line_is_the_same(text):
    assert one_line(one_line(text)) == one_line(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a.mp3\r\nBcc: all@example.com", "a.mp3 Bcc: all@example.com"),
        ("invoice\u202e3pm.exe", "invoice3pm.exe"),
        ("a\u2066b\u2069\u200fc", "abc"),
        ("a\x00b\x7f\x85c\u2028d", "a b c d"),
        ("family 👨\u200d👩\u200d👧.wav", "family 👨\u200d👩\u200d👧.wav"),
        ("שלום.mp3", "שלום.mp3"),
        ("  two\t spaces ", "two spaces"),
    ],
)
def test_what_one_line_keeps_and_drops(text, line):
    assert one_line(text) == line


@given(ANY_TEXT, st.integers(8, 300))
def test_a_shortened_name_is_never_empty_nor_longer_than_asked(name, most):
    assert 0 < len(shortened_name(name, most)) <= max(most, len("unnamed file"))


def test_a_name_that_fits_is_left_as_it_is():
    assert shortened_name("a" * 56 + ".mp3", 60) == "a" * 56 + ".mp3"


def test_a_long_name_keeps_its_beginning_and_its_extension():
    name = shortened_name("Interview with " + "a" * 240 + " final.mp3", 60)
    assert name.startswith("Interview with ")
    assert name.endswith(" final.mp3")
    assert "…" in name
    assert len(name) == 60


def test_a_name_of_nothing_visible_is_called_unnamed():
    assert shortened_name("\u202e\r\n ", 60) == "unnamed file"


@given(ANY_TEXT, st.integers(1, 400))
def test_an_excerpt_is_a_beginning_no_longer_than_asked(text, most):
    line = excerpt(text, most)
    assert len(line) <= most
    assert one_line(text).startswith(line.removesuffix("…"))


def test_an_excerpt_is_cut_between_words():
    assert excerpt("one two three four", 12) == "one two…"


def test_an_excerpt_of_a_language_without_spaces_is_cut_anywhere():
    assert excerpt("今日は天気がいいですね", 6) == "今日は天気…"


@given(ANY_TEXT.map(one_line), st.integers(0, 12))
def test_a_paragraph_is_the_same_text_in_lines_that_fit(line, indent):
    text = paragraph(line, indent)
    assert "".join(text.split()) == "".join(line.split())
    if "://" not in line:
        assert all(len(row) <= TEXT_COLUMNS for row in text.split("\n"))


def test_a_paragraph_keeps_an_address_whole():
    address = "https://example.com/a-" + "b" * 90
    assert f" {address}\n" in paragraph(f"See {'word ' * 12}{address} and more words after it", 1)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00:00"),
        (0.05, "0:00:00"),
        (0.5, "0:00:01"),
        (59.6, "0:01:00"),
        (3599.5, "1:00:00"),
        (3725.4, "1:02:05"),
        (360_000, "100:00:00"),
    ],
)
def test_durations_read_as_hours_minutes_and_seconds(seconds, text):
    assert clock_duration(seconds) == text


def test_a_moment_reads_in_words():
    assert moment(datetime(2026, 11, 2, 9, 5, tzinfo=UTC)) == "Monday, 2 November 2026, 09:05 UTC"
