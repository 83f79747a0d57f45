import random

import pytest

from tools.fixture_model.sentences import (
    LANGUAGES,
    corpus,
    domain_words,
    english_number,
    random_sentence,
    spanish_number,
)


def test_numbers_are_spelt_out_in_both_languages():
    assert [english_number(n) for n in (0, 13, 20, 96, 100)] == [
        "zero",
        "thirteen",
        "twenty",
        "ninety-six",
        "one hundred",
    ]
    assert [spanish_number(n) for n in (0, 22, 30, 41, 100)] == [
        "cero",
        "veintidós",
        "treinta",
        "cuarenta y uno",
        "cien",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_has_no_digit_no_open_slot_and_ends_with_a_mark(language):
    rng = random.Random(4)
    for _ in range(500):
        sentence = random_sentence(language, rng)
        assert sentence[-1] in ".?"
        assert not any(c.isdigit() or c in "{}|_" for c in sentence)
        assert sentence.lstrip("¿")[0].isupper()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_longer_corpus_begins_with_the_shorter_one_and_repeats_nothing(language):
    longer = corpus(language, 400, seed=1)
    assert longer[:100] == corpus(language, 100, seed=1)
    assert len(set(longer)) == 400
    assert corpus(language, 100, seed=2) != longer[:100]


def test_the_domain_has_about_950_words():
    assert 900 < sum(len(domain_words(language)) for language in LANGUAGES) < 1000


def test_spanish_contracts_the_article():
    sentences = corpus("es", 2000, seed=1)
    assert not [s for s in sentences if " de el " in s or " a el " in s]
