"""Decodes several pieces of one sound together, and several such batches at once.

What comes out of a piece is what ``WhisperModel.transcribe`` would make of it alone: the same settings,
fall-backs and word times, all by faster-whisper's own parts; only the order of the work is another. One
piece after the other is encoded and aligned, since on one core small bites are the fastest; only the search
for the text, which reads the decoder's weights once for every token, is done for a batch in one go.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import ctranslate2
import faster_whisper
import numpy as np
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import Segment, TranscriptionOptions, Word, get_compression_ratio

from services.transcriber.engine import EngineStage, StageObserver
from services.transcriber.pieces import Piece, TimedTokens, split_at_timestamps


@dataclass(frozen=True)
class EncodedPiece:
    """A piece and what the encoder made of it: an array of shape (1, frames, model width)."""

    piece: Piece
    output: ctranslate2.StorageView


@dataclass(frozen=True)
class Answer:
    """The text found for a piece: token ids, and how sure the model was of all of them together."""

    tokens: list[int]
    mean_log_probability: float
    no_speech_probability: float
    compression_ratio: float
    temperature: float


@dataclass(frozen=True)
class Manner:
    """How to decode: the language and the task (in the tokenizer), the text before each piece, the rest."""

    tokenizer: Tokenizer
    options: TranscriptionOptions
    prompt: list[int]


class BatchDecoder:
    """Shared by all threads that hear; ``streams`` batches are decoded at the same time.

    Needs a model on a CPU.
    """

    def __init__(
        self,
        model: faster_whisper.WhisperModel,
        *,
        streams: int,
        batch_size: int,
        observer: StageObserver,
    ) -> None:
        self._model = model
        self._streams = streams
        self._batch_size = batch_size
        self._observer = observer
        # Aligning needs the most memory and a tenth of the time: that streams meet in it makes the peaks.
        self._aligning = threading.Semaphore(max(1, streams // 2))
        self._pool = ThreadPoolExecutor(streams, thread_name_prefix="decode")

    def manner(self, *, language: str, task: str, **settings: Any) -> Manner:  # noqa: ANN401
        """That of ``WhisperModel.transcribe`` with these settings: it is asked, of a moment of silence."""
        _, info = self._model.transcribe(
            np.zeros(self._model.feature_extractor.n_fft, np.float32),
            language=language,
            task=task,
            **settings,
        )
        options: TranscriptionOptions = info.transcription_options
        tokenizer = Tokenizer(
            self._model.hf_tokenizer, self._model.model.is_multilingual, task=task, language=language
        )
        # A list of tokens or nothing; every piece has it before it, for none knows the others.
        before = list(options.initial_prompt or ())
        prompt = self._model.get_prompt(tokenizer, before, hotwords=options.hotwords)
        return Manner(tokenizer, options, prompt)

    def encode(self, piece: Piece) -> EncodedPiece:
        """Features and encoder."""
        with self._observer.watch(EngineStage.FEATURES):
            features = pad_or_trim(self._model.feature_extractor(piece.samples)[..., :-1])
        with self._observer.watch(EngineStage.ENCODE):
            return EncodedPiece(piece, self._model.encode(features))

    def detect_language(self, encoded: EncodedPiece) -> tuple[str, float]:
        """The most probable language of a piece and its probability."""
        token, probability = self._model.model.detect_language(encoded.output)[0][0]
        return token[2:-2], probability

    def decode(self, encoded: Sequence[EncodedPiece | Piece], manner: Manner) -> Iterator[Segment]:
        """The segments of pieces in order; works ahead of whoever reads them."""
        batches = share_out(encoded, self._streams, self._batch_size)
        for segments in self._pool.map(lambda batch: self._decode_batch(batch, manner), batches):
            yield from segments

    def _decode_batch(self, batch: Sequence[EncodedPiece | Piece], manner: Manner) -> list[Segment]:
        """The segments of some pieces in order, those of the rests that must be heard again included."""
        encoded = [self.encode(piece) if isinstance(piece, Piece) else piece for piece in batch]
        segments: list[Segment] = []
        rests: list[Piece] = []
        for piece, answer in zip(encoded, self._answers(encoded, manner), strict=True):
            if _is_silence(answer, manner.options):
                continue
            heard, resume_at = self._segments(piece, answer, manner)
            segments += heard
            if resume_at is not None:
                rests.append(piece.piece.rest(resume_at))
        if rests:
            segments += self._decode_batch(rests, manner)
        return sorted(segments, key=lambda segment: segment.start)

    def _answers(self, encoded: Sequence[EncodedPiece], manner: Manner) -> list[Answer]:
        """The text of each piece: the most probable, unless it shows one of Whisper's known failures."""
        options = manner.options
        with self._observer.watch(EngineStage.GENERATE):
            results = self._model.model.generate(
                _joined(encoded),
                [manner.prompt] * len(encoded),
                beam_size=options.beam_size,
                patience=options.patience,
                length_penalty=options.length_penalty,
                repetition_penalty=options.repetition_penalty,
                no_repeat_ngram_size=options.no_repeat_ngram_size,
                max_length=self._model.max_length,
                return_scores=True,
                return_no_speech_prob=True,
                suppress_blank=options.suppress_blank,
                suppress_tokens=options.suppress_tokens,
                max_initial_timestamp_index=round(options.max_initial_timestamp / self._model.time_precision),
            )
            answers = [self._as_answer(result, manner) for result in results]
            return [
                self._fall_back(piece, manner) if _has_failed(answer, options) else answer
                for piece, answer in zip(encoded, answers, strict=True)
            ]

    def _as_answer(self, result: ctranslate2.models.WhisperGenerationResult, manner: Manner) -> Answer:
        tokens = result.sequences_ids[0]
        log_probability = result.scores[0] * len(tokens) ** manner.options.length_penalty
        return Answer(
            tokens=tokens,
            mean_log_probability=log_probability / (len(tokens) + 1),
            no_speech_probability=result.no_speech_prob,
            compression_ratio=get_compression_ratio(manner.tokenizer.decode(tokens).strip()),
            temperature=0.0,
        )

    def _fall_back(self, encoded: EncodedPiece, manner: Manner) -> Answer:
        """By rising temperatures, as ``transcribe`` does for every piece."""
        result, mean_log_probability, temperature, compression_ratio = self._model.generate_with_fallback(
            encoded.output, manner.prompt, manner.tokenizer, manner.options
        )
        return Answer(
            result.sequences_ids[0],
            mean_log_probability,
            result.no_speech_prob,
            compression_ratio,
            temperature,
        )

    def _segments(
        self, encoded: EncodedPiece, answer: Answer, manner: Manner
    ) -> tuple[list[Segment], float | None]:
        """The segments of one piece, and after how many seconds of it to listen again."""
        tokenizer, piece = manner.tokenizer, encoded.piece
        decoded = split_at_timestamps(answer.tokens, tokenizer.timestamp_begin, piece.seconds)
        drafts = [_draft(timed) for timed in decoded.segments]
        resume_at = decoded.resume_at
        if manner.options.word_timestamps:
            with self._aligning, self._observer.watch(EngineStage.ALIGN):
                self._model.add_word_timestamps(
                    [drafts],
                    tokenizer,
                    encoded.output,
                    int(piece.seconds * self._model.frames_per_second),
                    manner.options.prepend_punctuations,
                    manner.options.append_punctuations,
                    last_speech_timestamp=0.0,
                )
            last_word_ends = [draft["words"][-1]["end"] for draft in drafts if draft["words"]]
            if resume_at is not None and last_word_ends:
                resume_at = max(0.0, min(last_word_ends[-1], piece.seconds)) or resume_at
        segments = [_segment(draft, answer, piece, tokenizer.decode(draft["tokens"])) for draft in drafts]
        said = [segment for segment in segments if segment.text.strip() and segment.end > segment.start]
        return said, resume_at


def share_out(
    pieces: Sequence[EncodedPiece | Piece], streams: int, most: int
) -> list[Sequence[EncodedPiece | Piece]]:
    """Batches in order, of at most ``most`` pieces: few, of about one size, and one for each stream at least.

    Few, since a piece costs less in a larger batch; a stream that is left over takes another job's.
    """
    if not pieces:
        return []
    batches = max(-(-len(pieces) // most), min(len(pieces), streams))
    borders = [len(pieces) * number // batches for number in range(batches + 1)]
    return [pieces[start:end] for start, end in pairwise(borders)]


def _joined(encoded: Sequence[EncodedPiece]) -> ctranslate2.StorageView:
    if len(encoded) == 1:
        return encoded[0].output
    return ctranslate2.StorageView.from_array(np.concatenate([np.asarray(one.output) for one in encoded]))


def _has_failed(answer: Answer, options: TranscriptionOptions) -> bool:
    """Whether the text loops or is a guess, by Whisper's own bounds; silence is no failure."""
    loops = answer.compression_ratio > options.compression_ratio_threshold
    guessed = answer.mean_log_probability < options.log_prob_threshold
    return (loops or guessed) and not _is_silence(answer, options)


def _is_silence(answer: Answer, options: TranscriptionOptions) -> bool:
    return bool(
        answer.no_speech_probability > options.no_speech_threshold
        and answer.mean_log_probability < options.log_prob_threshold
    )


def _draft(timed: TimedTokens) -> dict[str, Any]:
    """A segment as faster-whisper passes it on, with times in the piece."""
    return {"seek": 0, "start": timed.start, "end": timed.end, "tokens": timed.tokens}


def _segment(draft: dict[str, Any], answer: Answer, piece: Piece, text: str) -> Segment:
    """A finished segment, with times in the sound that the piece was cut from."""
    offset = piece.start_seconds
    words = [
        Word(offset + word["start"], offset + word["end"], word["word"], word["probability"])
        for word in draft.get("words", ())
    ]
    return Segment(
        id=0,
        seek=0,
        start=offset + draft["start"],
        end=offset + draft["end"],
        text=text,
        tokens=draft["tokens"],
        avg_logprob=answer.mean_log_probability,
        compression_ratio=answer.compression_ratio,
        no_speech_prob=answer.no_speech_probability,
        words=words or None,
        temperature=answer.temperature,
    )
