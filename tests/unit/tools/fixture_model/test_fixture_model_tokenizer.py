import json

import pytest

from tools.fixture_model.sentences import LANGUAGES, corpus
from tools.fixture_model.steps import FIXTURE_DIRECTORY
from tools.fixture_model.tokenizer import BLANK, learn_pieces
from tools.fixture_model.vocabulary import (
    END_OF_TEXT,
    FIRST_TIMESTAMP,
    VOCABULARY_SIZE,
    CompactVocabulary,
)


@pytest.fixture(scope="module")
def vocabulary():
    return CompactVocabulary.load(FIXTURE_DIRECTORY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_survives_the_tokenizer(vocabulary, language):
    sentences = corpus(language, 300, seed=9)
    for sentence, encoded in zip(sentences, vocabulary.encode(sentences), strict=True):
        assert vocabulary.tokenizer.decode(encoded.ids) == f" {sentence}"
        assert max(encoded.ids) < vocabulary.text_count


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_needs_the_bare_blank_that_faster_whisper_suppresses(vocabulary, language):
    blank = vocabulary.tokenizer.token_to_id(BLANK)
    assert all(blank not in encoded.ids for encoded in vocabulary.encode(corpus(language, 300, seed=9)))


def test_token_spans_cover_the_sentence_without_its_leading_blank(vocabulary):
    sentence = "¿Dónde está la llave?"
    spans = vocabulary.encode([sentence])[0].spans
    assert "".join(sentence[max(0, start) : end] for start, end in spans) == sentence


def test_compact_ids_follow_the_layout_of_whisper(vocabulary):
    assert vocabulary.tokenizer.token_to_id("<|endoftext|>") == END_OF_TEXT
    assert vocabulary.special("endoftext") == vocabulary.text_count
    assert vocabulary.timestamp(0.0) == vocabulary.first_timestamp
    assert vocabulary.timestamp(31.0) == vocabulary.size - 1
    assert FIRST_TIMESTAMP == 50364


def test_the_vocabulary_file_holds_every_id_once_and_the_empty_string_of_a_multilingual_model():
    tokens = json.loads((FIXTURE_DIRECTORY / "vocabulary.json").read_text("utf-8"))
    assert len(tokens) == len(set(tokens)) == VOCABULARY_SIZE
    assert tokens[END_OF_TEXT - 1] == ""
    assert tokens[FIRST_TIMESTAMP] == "<|0.00|>"


@pytest.mark.heavy
def test_learning_again_finds_the_pieces_of_the_fixture(vocabulary):
    pieces = learn_pieces(text_tokens=400).pieces
    assert [vocabulary.tokenizer.token_to_id(piece) for piece in pieces] == list(pieces.values())
