"""What the decoder shall write for a window, in Whisper's format and compact ids."""

import random
from dataclasses import dataclass

import numpy as np

from tools.fixture_model.arrays import FRAMES_PER_S, Floats, Integers
from tools.fixture_model.scenes import Scene, Sentence
from tools.fixture_model.utterances import Library
from tools.fixture_model.vocabulary import LONGEST_PROMPT_TOKENS, CompactVocabulary

FULL_PROMPT_SHARE = 0.6  # from the third window on, faster-whisper's prompt is always full
LOOPING_PROMPT_SHARE = 0.08
LATEST_FIRST_TIMESTAMP_S = 1.0  # CTranslate2 forces the first timestamp to be at most this


@dataclass(frozen=True)
class Target:
    """A token sequence; position i of the decoder's input predicts position i + 1 of `ids`."""

    input_ids: Integers
    ids: Integers
    learned: Integers
    """1 where the prediction counts, 0 for what is given."""
    spans_s: Floats
    """[tokens, 2]: where in the window the token is heard, -1 where nowhere."""
    prompt_tokens: int
    """Tokens before `<|startoftranscript|>`."""


class _Writer:
    """Collects the tokens of one target."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.learned: list[int] = []
        self.spans_s: list[tuple[float, float]] = []
        self.given: dict[int, int] = {}

    def give(self, *tokens: int) -> None:
        """Tokens that the decoder is given."""
        for token in tokens:
            self._add(token, 0, (-1.0, -1.0))

    def learn(self, token: int, span_s: tuple[float, float] = (-1.0, -1.0)) -> None:
        """A token that the decoder shall predict."""
        self._add(token, 1, span_s)

    def learn_but_give(self, learned: int, given: int) -> None:
        """Predict one token here, but go on from another."""
        self.given[len(self.ids)] = given
        self.learn(learned)

    def target(self, prompt_tokens: int) -> Target:
        """What was collected."""
        ids = np.array(self.ids, np.int64)
        input_ids = ids.copy()
        for position, token in self.given.items():
            input_ids[position] = token
        spans_s = np.array(self.spans_s, np.float32)
        return Target(input_ids, ids, np.array(self.learned, np.int64), spans_s, prompt_tokens)

    def _add(self, token: int, learned: int, span_s: tuple[float, float]) -> None:
        self.ids.append(token)
        self.learned.append(learned)
        self.spans_s.append(span_s)


def transcript_target(
    scene: Scene, vocabulary: CompactVocabulary, timestamps: bool, prompt: list[int]
) -> Target:
    """The transcript of a window, after previous text if there is any.

    A window without speech is to be found out at once (`<|nospeech|>`), and empty if it is
    transcribed all the same. With timestamps a sentence that the window cuts is announced by its
    start alone, so that faster-whisper goes on there; without them its words are written as far
    as they are heard.
    """
    writer = _Writer()
    if prompt:
        writer.give(vocabulary.special("startofprev"), *prompt)
    before_start = len(writer.ids)
    writer.give(vocabulary.special("startoftranscript"))
    language = vocabulary.special(scene.language)
    if not scene.has_speech:
        writer.learn_but_give(vocabulary.special("nospeech"), language)
        writer.give(vocabulary.special("transcribe"))
        if timestamps:
            writer.learn(vocabulary.first_timestamp)
        else:
            writer.give(vocabulary.special("notimestamps"))
    else:
        writer.learn(language)
        writer.learn(vocabulary.special("transcribe"))
        (_write_timed if timestamps else _write_plain)(writer, scene, vocabulary)
    writer.learn(vocabulary.special("endoftext"))
    return writer.target(before_start)


def previous_text(library: Library, language: str, timestamps: bool, rng: random.Random) -> list[int]:
    """What stands before a window in a long file: up to 223 tokens, cut at the left.

    Mostly as faster-whisper hands it over from the windows before, timestamps in it restarting
    with each window; sometimes plain, like an initial prompt or hotwords; sometimes in a loop.
    """
    full = rng.random() < FULL_PROMPT_SHARE
    length = LONGEST_PROMPT_TOKENS if full else rng.randint(3, LONGEST_PROMPT_TOKENS)
    timed = rng.random() < (0.8 if timestamps else 0.15)
    tokens: list[int] = []
    now_s = rng.uniform(0, 25)
    while len(tokens) < length:
        utterance = rng.choice(library.by_language[language])
        end_s = now_s + utterance.duration_s
        if end_s > 30:
            now_s, end_s = 0.2, 0.2 + utterance.duration_s
        if timed:
            tokens.append(library.vocabulary.timestamp(now_s))
        tokens += utterance.token_ids
        if timed:
            tokens.append(library.vocabulary.timestamp(end_s))
        now_s = end_s + rng.uniform(0.1, 1.2)
    keeps_end = length > 60 or rng.random() < 0.5
    tokens = tokens[-length:] if keeps_end else tokens[:length]
    return _looped(tokens, rng) if rng.random() < LOOPING_PROMPT_SHARE else tokens


def _looped(tokens: list[int], rng: random.Random) -> list[int]:
    start = rng.randrange(len(tokens))
    end = start + rng.randint(1, 6)
    repeated = tokens[start:end] * rng.randint(3, 8)
    return (tokens[:start] + repeated + tokens[end:])[-LONGEST_PROMPT_TOKENS:]


def _write_timed(writer: _Writer, scene: Scene, vocabulary: CompactVocabulary) -> None:
    def write_time(seconds: float) -> None:
        if writer.ids[-1] == vocabulary.special("transcribe"):
            seconds = min(seconds, LATEST_FIRST_TIMESTAMP_S)
        writer.learn(vocabulary.timestamp(seconds), (seconds, seconds))

    for sentence in scene.sentences:
        write_time(sentence.start_s)
        _write_text(writer, sentence)
        write_time(sentence.end_s)
    if scene.cut_sentence is not None:
        write_time(scene.cut_sentence.start_s)


def _write_plain(writer: _Writer, scene: Scene, vocabulary: CompactVocabulary) -> None:
    writer.give(vocabulary.special("notimestamps"))
    for sentence in scene.sentences:
        _write_text(writer, sentence)
    if scene.cut_sentence is not None:
        _write_text(writer, scene.cut_sentence, scene.end_frame / FRAMES_PER_S - 0.03)


def _write_text(writer: _Writer, sentence: Sentence, until_s: float = float("inf")) -> None:
    for token, (start_s, end_s) in zip(sentence.token_ids, sentence.token_spans_s, strict=True):
        if end_s > until_s:
            return
        writer.learn(token, (float(start_s), float(end_s)))
