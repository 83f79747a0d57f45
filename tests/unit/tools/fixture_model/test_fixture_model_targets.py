import random

import numpy as np
import pytest

from tools.fixture_model.scenes import Scene, Sentence
from tools.fixture_model.steps import FIXTURE_DIRECTORY
from tools.fixture_model.targets import previous_text, transcript_target
from tools.fixture_model.utterances import Library, PhonemeLabels, Utterance
from tools.fixture_model.vocabulary import LONGEST_PROMPT_TOKENS, CompactVocabulary


@pytest.fixture(scope="module")
def vocabulary():
    return CompactVocabulary.load(FIXTURE_DIRECTORY)


def spoken(start_s, end_s, *token_ids):
    spans_s = np.array([[start_s, end_s]] * len(token_ids), np.float32)
    return Sentence(list(token_ids), spans_s, start_s, end_s)


def scene(*sentences, cut=None):
    result = Scene.silent("es", 3000, 3000)
    result.sentences = list(sentences)
    result.cut_sentence = cut
    return result


def written(target, vocabulary):
    """The target in tokens as Whisper prints them."""
    gap = 50257 - vocabulary.text_count
    words = []
    for token in target.ids.tolist():
        if token >= vocabulary.first_timestamp:
            words.append(f"{(token - vocabulary.first_timestamp) * 0.02:.2f}")
        elif token >= vocabulary.text_count:
            words.append(vocabulary.tokenizer.id_to_token(token + gap).strip("<|>"))
        else:
            words.append(str(token))
    return " ".join(words)


def test_timed_target_brackets_each_sentence_and_announces_the_one_that_is_cut(vocabulary):
    heard = scene(spoken(0.5, 2.0, 300, 301), cut=spoken(28.0, 31.0, 302))
    target = transcript_target(heard, vocabulary, timestamps=True, prompt=[])
    assert written(target, vocabulary) == (
        "startoftranscript es transcribe 0.50 300 301 2.00 28.00 endoftext"
    )
    assert target.learned.tolist() == [0] + [1] * 8


def test_plain_target_writes_the_cut_sentence_as_far_as_it_is_heard(vocabulary):
    cut = Sentence([302, 303], np.array([[28, 29], [29, 31]], np.float32), 28.0, 31.0)
    target = transcript_target(scene(cut=cut), vocabulary, timestamps=False, prompt=[])
    assert written(target, vocabulary) == "startoftranscript es transcribe notimestamps 302 endoftext"


def test_the_first_timestamp_is_at_most_one_second_because_ctranslate2_forces_that(vocabulary):
    target = transcript_target(scene(spoken(2.5, 4.0, 300)), vocabulary, timestamps=True, prompt=[])
    assert written(target, vocabulary) == "startoftranscript es transcribe 1.00 300 4.00 endoftext"


def test_silence_is_no_speech_and_an_empty_text_if_transcribed_all_the_same(vocabulary):
    target = transcript_target(scene(), vocabulary, timestamps=False, prompt=[])
    expected = "startoftranscript nospeech transcribe notimestamps endoftext"
    assert written(target, vocabulary) == expected
    assert target.input_ids[1] == vocabulary.special("es")
    assert target.learned.tolist() == [0, 1, 0, 0, 1]


def test_previous_text_is_given_and_not_learned(vocabulary):
    target = transcript_target(scene(spoken(0.5, 2.0, 300)), vocabulary, True, [400, 401])
    assert written(target, vocabulary).startswith("startofprev 400 401 startoftranscript es")
    assert target.prompt_tokens == 3
    assert target.learned[:4].tolist() == [0, 0, 0, 0]


def test_previous_text_is_never_longer_than_what_faster_whisper_keeps(vocabulary):
    nothing = np.zeros(0, np.int64)
    ids = vocabulary.encode(["Nos vemos en el hotel a las cinco."])[0].ids
    utterance = Utterance(ids, np.zeros((len(ids), 2), np.float32), np.zeros((80, 0)), 2.5, nothing, nothing)
    library = Library({"es": [utterance]}, vocabulary, PhonemeLabels())
    rng = random.Random(1)
    prompts = [previous_text(library, "es", timestamps=True, rng=rng) for _ in range(300)]
    lengths = [len(prompt) for prompt in prompts]
    assert max(lengths) == LONGEST_PROMPT_TOKENS
    assert 0.5 < lengths.count(LONGEST_PROMPT_TOKENS) / 300 < 0.75
    timed = [p for p in prompts if max(p) >= vocabulary.first_timestamp]
    assert 0.6 < len(timed) / 300 < 0.95
