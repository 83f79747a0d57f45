"""The table of languages."""

from __future__ import annotations

import re

import pytest

from shared.domain.languages import AUTO, LANGUAGES, language_name


def test_whisper_knows_a_hundred_languages():
    assert len(LANGUAGES) == 100


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_code_is_two_or_three_letters(code):
    assert re.fullmatch("[a-z]{2,3}", code)


def test_no_two_codes_share_a_name():
    assert len(set(LANGUAGES.values())) == len(LANGUAGES)


def test_auto_is_no_language():
    assert AUTO not in LANGUAGES


def test_an_unknown_code_stands_for_itself():
    assert language_name("es") == "Spanish"
    assert language_name("tlh") == "tlh"
