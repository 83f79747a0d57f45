"""faster-whisper behind the :class:`Engine` protocol.

Voice activity detection comes first, so that silence never reaches the model and the guards know its
spans. What is left is cut into pieces of thirty seconds, and several of them are decoded at once (see
:mod:`services.transcriber.batch_decoding`); what a file of one piece gives is what
``WhisperModel.transcribe(vad_filter=True)`` gives. A text that is to follow from the one before it needs
that one first: with ``condition_on_previous_text``, and on a GPU, the library decodes by itself.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ctranslate2
import faster_whisper
import huggingface_hub
import numpy as np
from faster_whisper.transcribe import Segment, restore_speech_timestamps
from faster_whisper.utils import available_models, download_model
from faster_whisper.vad import VadOptions

from services.transcriber.audio_decoder import SAMPLE_RATE, Samples
from services.transcriber.batch_decoding import BatchDecoder, EncodedPiece
from services.transcriber.engine import (
    EngineStage,
    HeardSegment,
    HeardWord,
    Hearing,
    HearingRequest,
    NobodyWatching,
    Span,
    StageObserver,
)
from services.transcriber.model_files import ModelFiles, local_model_files
from services.transcriber.pieces import Piece, cut_into_pieces
from services.transcriber.prompting import fit_to_context
from services.transcriber.voice_detection import find_voice, load_voice_detection
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.process import StartupError

BEAM_SIZE = 5
BATCH_SIZE = 4

_SHORT_PAUSES = VadOptions(min_silence_duration_ms=300, speech_pad_ms=50)

_CAREFUL = {"no_repeat_ngram_size": 3, "repetition_penalty": 1.1}
"""Forbids a loop outright instead of hoping that a higher temperature leaves it."""


class WhisperEngine:
    """One loaded model, shared by all threads that hear."""

    def __init__(
        self,
        model: faster_whisper.WhisperModel,
        files: ModelFiles,
        *,
        decoder: BatchDecoder | None,
        condition_on_previous_text: bool,
        observer: StageObserver,
    ) -> None:
        self._model = model
        self._name = files.name
        self._languages = files.languages
        self._decoder = decoder
        self._condition_on_previous_text = condition_on_previous_text
        self._observer = observer

    @classmethod
    def load(
        cls,
        files: ModelFiles,
        *,
        cpu_threads: int,
        streams: int,
        batch_size: int = BATCH_SIZE,
        condition_on_previous_text: bool = False,
        observer: StageObserver | None = None,
    ) -> WhisperEngine:
        """Load a model, and that of voice activity detection: int8 on a CPU, on a GPU what it allows.

        ``streams`` batches of at most ``batch_size`` pieces are decoded at once, each by ``cpu_threads``.
        Feeding the previous text back is off by default: it lets a model drift for minutes after one
        wrong guess, or repeat itself.

        Raises :class:`StartupError` if the files are no model.
        """
        load_voice_detection()
        on_gpu = ctranslate2.get_cuda_device_count() > 0
        try:
            model = faster_whisper.WhisperModel(
                str(files.directory),
                device="cuda" if on_gpu else "cpu",
                compute_type="auto" if on_gpu else "int8",
                cpu_threads=cpu_threads,
                num_workers=streams,
            )
            # A GPU library that is missing shows only at work: better now than in somebody's job.
            model.encode(np.zeros((model.model.n_mels, model.feature_extractor.nb_max_frames), np.float32))
        except (RuntimeError, ValueError, OSError) as error:
            raise StartupError(f"MODEL={files.name} could not be loaded: {error}") from error
        observer = observer or NobodyWatching()
        decoder = BatchDecoder(model, streams=streams, batch_size=batch_size, observer=observer)
        return cls(
            model,
            files,
            decoder=None if on_gpu else decoder,
            condition_on_previous_text=condition_on_previous_text,
            observer=observer,
        )

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    def find_speech(self, samples: Samples) -> tuple[Span, ...]:
        """By voice activity detection that takes pauses between phrases for silence."""
        found = find_voice(samples, _SHORT_PAUSES)
        return tuple(Span(chunk["start"] / SAMPLE_RATE, chunk["end"] / SAMPLE_RATE) for chunk in found)

    def hear(self, samples: Samples, request: HearingRequest) -> Hearing:
        """Find speech, then its language (if it isn't given), then its text.

        Raises ``PermanentError(LANGUAGE_UNSUPPORTED)``.
        """
        self._check_language(request.language)
        with self._observer.watch(EngineStage.VAD):
            speech = find_voice(samples, VadOptions())
        spans = tuple(Span(chunk["start"] / SAMPLE_RATE, chunk["end"] / SAMPLE_RATE) for chunk in speech)
        if not speech:
            return Hearing(request.language, 0.0, (), iter(()))
        voiced = np.concatenate([samples[chunk["start"] : chunk["end"]] for chunk in speech])
        if self._decoder is None or (self._condition_on_previous_text and not request.careful):
            language, probability, segments = self._in_sequence(voiced, request)
        else:
            language, probability, segments = self._in_batches(self._decoder, voiced, request)
        restored = restore_speech_timestamps(segments, speech, SAMPLE_RATE)
        return Hearing(language, probability, speech=spans, segments=_as_heard(restored))

    def _in_batches(
        self, decoder: BatchDecoder, voiced: Samples, request: HearingRequest
    ) -> tuple[str, float, Iterator[Segment]]:
        pieces: list[Piece | EncodedPiece] = [*cut_into_pieces(voiced)]
        language, probability = request.language, 1.0
        if language is None and not self._model.model.is_multilingual:
            language = "en"
        if language is None:
            first = decoder.encode(cut_into_pieces(voiced)[0])
            pieces[0] = first
            language, probability = decoder.detect_language(first)
        manner = decoder.manner(language=language, **self._settings(request))
        return language, probability, decoder.decode(pieces, manner)

    def _in_sequence(self, voiced: Samples, request: HearingRequest) -> tuple[str, float, Iterator[Segment]]:
        segments, info = self._model.transcribe(
            voiced,
            language=request.language,
            condition_on_previous_text=self._condition_on_previous_text and not request.careful,
            **self._settings(request),
        )
        return info.language, float(info.language_probability), segments

    def _settings(self, request: HearingRequest) -> dict[str, Any]:
        """Of ``WhisperModel.transcribe``; its defaults hold for the others."""
        prompt, hotwords = fit_to_context(
            request.prompt,
            request.hotwords,
            room_tokens=self._model.max_length // 2 - 1,
            tokens_of=self._tokens,
            text_of=self._model.hf_tokenizer.decode,
        )
        return {
            "task": request.task,
            "beam_size": BEAM_SIZE,
            "word_timestamps": request.word_timestamps,
            "initial_prompt": prompt,
            "hotwords": hotwords,
            **(_CAREFUL if request.careful else {}),
        }

    def _check_language(self, language: str | None) -> None:
        """Newer models know languages that older ones have no token for; ``.en`` models know one."""
        if language in (None, "en"):
            return
        untrained = self._languages is not None and language not in self._languages
        token = self._model.hf_tokenizer.token_to_id(f"<|{language}|>")
        if untrained or token is None or not self._model.model.is_multilingual:
            raise PermanentError(Fault.LANGUAGE_UNSUPPORTED, model=self._name, language=language)

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self._model.hf_tokenizer.encode(" " + text.strip(), add_special_tokens=False).ids
        return ids


def find_model(model: str, *, wait_seconds: float) -> ModelFiles:
    """The files that ``MODEL`` means: bundled, in a directory, in the hub's cache, or downloaded now.

    The hub must give a sign of life within ``wait_seconds``; the download itself takes as long as it
    takes. Raises :class:`StartupError` with one sentence if the model can't be had.
    """
    local = local_model_files(model)
    if local is not None:
        return local
    if "/" not in model and model not in available_models():
        known = ", ".join(available_models())
        raise StartupError(f"MODEL={model} is neither a directory nor one of: fixture, {known}")
    try:
        return ModelFiles(model, Path(download_model(model, local_files_only=True)))
    except (OSError, ValueError):
        pass  # not in the cache: fetch it
    try:
        _reach_hub(wait_seconds)
        return ModelFiles(model, Path(download_model(model)))
    except (OSError, ValueError, huggingface_hub.errors.HfHubHTTPError) as error:
        reason = str(getattr(error, "reason", error)).strip().partition("\n")[0]
        raise StartupError(
            f"MODEL={model} is not in the local cache and could not be downloaded from "
            f"{huggingface_hub.constants.ENDPOINT} ({reason}); connect to it, set MODEL to a directory that "
            f"holds the model, or use MODEL=fixture"
        ) from error


def _reach_hub(wait_seconds: float) -> None:
    """Raise ``OSError`` unless the hub answers: its client waits for minutes on a host that is mute."""
    request = urllib.request.Request(huggingface_hub.constants.ENDPOINT, method="HEAD")  # noqa: S310
    try:
        urllib.request.urlopen(request, timeout=wait_seconds).close()  # noqa: S310
    except urllib.error.HTTPError:
        return  # an answer, if not a welcome: the client will say what is wrong


def _as_heard(segments: Iterator[Segment]) -> Iterator[HeardSegment]:
    for segment in segments:
        yield HeardSegment(
            start=float(segment.start),
            end=float(segment.end),
            text=segment.text.strip(),
            mean_log_probability=float(segment.avg_logprob),
            no_speech_probability=float(segment.no_speech_prob),
            compression_ratio=float(segment.compression_ratio),
            words=tuple(
                HeardWord(float(word.start), float(word.end), word.word.strip(), float(word.probability))
                for word in segment.words or ()
            ),
        )
