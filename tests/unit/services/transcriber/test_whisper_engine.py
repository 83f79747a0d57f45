import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path

import jiwer
import numpy as np
import pytest
from faster_whisper import WhisperModel
from faster_whisper.audio import decode_audio

from services.transcriber.engine import EngineStage, HearingRequest, NobodyWatching
from services.transcriber.lengths import SHORTEST_SECONDS
from services.transcriber.model_files import FIXTURE_DIRECTORY
from services.transcriber.whisper_engine import BEAM_SIZE, WhisperEngine, find_model
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def direct():
    """faster-whisper called as its own documentation says, with the service's settings."""
    model = WhisperModel(
        str(FIXTURE_DIRECTORY), device="cpu", compute_type="int8", cpu_threads=1, num_workers=2
    )

    def hear(path: Path, *, word_timestamps: bool):
        segments, info = model.transcribe(
            str(path),
            beam_size=BEAM_SIZE,
            vad_filter=True,
            condition_on_previous_text=False,
            word_timestamps=word_timestamps,
        )
        return list(segments), info

    return hear


def test_segments_and_words_are_those_of_faster_whisper(transcribe, whisper, direct, samples_directory):
    path = samples_directory / "es_2_noise.flac"

    transcript = transcribe(path.read_bytes(), whisper).transcript
    segments, info = direct(path, word_timestamps=True)

    assert transcript.language_probability == pytest.approx(info.language_probability, abs=1e-3)
    assert transcript.speech_seconds == pytest.approx(info.duration_after_vad, abs=1e-3)
    assert [(s.text, s.start, s.end) for s in transcript.segments] == [
        (s.text.strip(), pytest.approx(s.start, abs=2e-3), pytest.approx(s.end, abs=2e-3)) for s in segments
    ]
    shift = SHORTEST_SECONDS + 2e-3  # at most, where the engine gives a word no length
    assert all(w.start < w.end for s in transcript.segments for w in s.words)
    assert [(w.text, w.start, w.end) for s in transcript.segments for w in s.words] == [
        (w.word.strip(), pytest.approx(w.start, abs=shift), pytest.approx(w.end, abs=shift))
        for s in segments
        for w in s.words
    ]


@pytest.fixture(scope="module")
def sentences(samples_directory):
    """By language: each sentence of the bundled samples, with its samples."""
    found: dict[str, list[tuple[str, np.ndarray]]] = {}
    for sample in json.loads((samples_directory / "samples.json").read_text()):
        samples = decode_audio(str(samples_directory / sample["file"]))
        for segment in sample["segments"]:
            sound = samples[int((segment["start"] - 0.1) * 16_000) : int((segment["end"] + 0.1) * 16_000)]
            found.setdefault(sample["language"], []).append((segment["text"], sound))
    return found


@pytest.fixture(scope="module")
def speech(sentences):
    """``speech(language, seconds, seed)``: sentences in any order with pauses, and their text."""

    def make(language: str, seconds: float, seed: int) -> tuple[np.ndarray, str]:
        random = np.random.default_rng(seed)
        said: list[str] = []
        sounds: list[np.ndarray] = []
        while sum(map(len, sounds)) < seconds * 16_000:
            text, sound = sentences[language][random.integers(len(sentences[language]))]
            said.append(text)
            sounds += [sound, np.zeros(int(random.uniform(0.3, 3) * 16_000), np.float32)]
        samples = np.concatenate(sounds)
        return (samples + random.normal(0, 3e-4, len(samples))).astype(np.float32), " ".join(said)

    return make


@pytest.fixture(scope="module")
def plain(whisper):
    """The engine that lets faster-whisper decode one piece after the other."""
    return WhisperEngine(
        whisper._model,
        find_model("fixture", wait_seconds=1),
        decoder=None,
        condition_on_previous_text=False,
        observer=NobodyWatching(),
    )


def text_of(hearing) -> str:
    return " ".join(segment.text for segment in hearing.segments)


def without_marks(text: str) -> str:
    return re.sub(r"[^\w\s]", "", text.replace("-", " ").casefold())


def test_batches_make_no_more_errors_than_one_piece_after_the_other(whisper, plain, speech):
    errors: dict[str, list[jiwer.WordOutput]] = {"fast": [], "plain": []}
    for seed, language in enumerate(["en", "es"]):
        samples, said = speech(language, 75, seed)
        request = HearingRequest(language, "transcribe", word_timestamps=True)
        for name, engine in {"fast": whisper, "plain": plain}.items():
            heard = text_of(engine.hear(samples, request))
            errors[name].append(jiwer.process_words(without_marks(said), without_marks(heard)))

    rate = {
        name: sum(one.substitutions + one.deletions + one.insertions for one in some)
        / sum(one.hits + one.substitutions + one.deletions for one in some)
        for name, some in errors.items()
    }
    # The small model loses a sentence now and then, by where a piece begins: so few minutes can't tell
    # points apart, only broken from whole. The bench tells more.
    assert rate["fast"] <= rate["plain"] + 0.03
    assert rate["fast"] < 0.1


def test_segments_and_words_stand_in_order_where_they_were_said(whisper, speech):
    samples, _ = speech("es", 100, seed=5)
    first = samples[: 40 * 16_000].copy()
    gap = np.zeros(40 * 16_000, np.float32)
    heard = list(
        whisper.hear(
            np.concatenate([first, gap, samples[40 * 16_000 :]]),
            HearingRequest("es", "transcribe", word_timestamps=True),
        ).segments
    )

    times = [time for segment in heard for word in segment.words for time in (word.start, word.end)]
    assert all(later >= earlier - 0.5 for earlier, later in pairwise(times))
    assert [segment.start for segment in heard] == sorted(segment.start for segment in heard)
    assert not any(42 < word.start < 78 for segment in heard for word in segment.words)
    assert heard[-1].end > 120


def test_a_sound_gives_the_same_text_however_many_are_heard_at_the_same_time(whisper, speech):
    request = HearingRequest(None, "transcribe", word_timestamps=False)
    sounds = [speech(language, 40, seed=9)[0] for language in ("en", "es")]
    alone = [text_of(whisper.hear(sound, request)) for sound in sounds]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda sound: text_of(whisper.hear(sound, request)), sounds * 2))

    assert together == alone * 2


def test_a_reader_that_stops_leaves_no_work_behind(whisper, speech):
    samples, _ = speech("en", 200, seed=3)
    watched = CountingObserver()
    engine = WhisperEngine.load(
        find_model("fixture", wait_seconds=1), cpu_threads=1, streams=1, batch_size=1, observer=watched
    )

    segments = engine.hear(samples, HearingRequest("en", "transcribe", word_timestamps=False)).segments
    next(segments)
    segments.close()
    begun = watched.begun[EngineStage.ENCODE]
    list(engine.hear(samples[:160_000], HearingRequest("en", "transcribe", word_timestamps=False)).segments)

    assert watched.begun[EngineStage.ENCODE] <= begun + 2, "what was running, and the new one"


def test_every_stage_can_be_watched(whisper, speech):
    watched = CountingObserver()
    engine = WhisperEngine.load(
        find_model("fixture", wait_seconds=1), cpu_threads=1, streams=1, observer=watched
    )

    list(
        engine.hear(speech("en", 50, 1)[0], HearingRequest(None, "transcribe", word_timestamps=True)).segments
    )

    heard = set(EngineStage) - {EngineStage.DOWNLOAD, EngineStage.DECODE}
    assert set(watched.begun) == heard
    assert watched.begun[EngineStage.VAD] == watched.begun[EngineStage.GENERATE] == 1


def test_the_text_before_is_fed_back_by_the_library_itself(speech):
    watched = CountingObserver()
    engine = WhisperEngine.load(
        find_model("fixture", wait_seconds=1),
        cpu_threads=1,
        streams=1,
        condition_on_previous_text=True,
        observer=watched,
    )
    samples, said = speech("es", 50, 2)

    heard = text_of(engine.hear(samples, HearingRequest("es", "transcribe", word_timestamps=False)))

    assert jiwer.wer(without_marks(said), without_marks(heard)) < 0.3
    assert EngineStage.GENERATE not in watched.begun, "no batch was decoded"


class CountingObserver:
    def __init__(self) -> None:
        self.begun: Counter[EngineStage] = Counter()

    def watch(self, stage: EngineStage):
        self.begun[stage] += 1
        return nullcontext()


def test_sound_without_speech_never_reaches_the_model(whisper):
    noise = np.random.default_rng(0).normal(0, 0.01, 16_000 * 3).astype(np.float32)

    hearing = whisper.hear(noise, HearingRequest(None, "transcribe", word_timestamps=True))

    assert (hearing.language, hearing.speech, list(hearing.segments)) == (None, (), [])


def test_a_careful_hearing_gives_the_same_words_for_clear_speech(whisper, samples_directory):
    samples = decode_audio(str(samples_directory / "es_1_clean.flac"))[: 4 * 16_000]
    texts = [
        " ".join(
            segment.text
            for segment in whisper.hear(
                samples, HearingRequest("es", "transcribe", word_timestamps=False, careful=careful)
            ).segments
        )
        for careful in (False, True)
    ]

    assert jiwer.wer(*texts) < 0.2


@pytest.mark.parametrize(
    ("prompt", "hotwords"),
    [("El equipo dijo que. " * 200, "correo banco " * 300), ("palabra " * 500, None), (None, "banco " * 500)],
    ids=["both", "prompt", "hotwords"],
)
def test_prompt_and_hotwords_of_any_length_leave_room_to_answer(whisper, samples_directory, prompt, hotwords):
    samples = decode_audio(str(samples_directory / "es_1_clean.flac"))[: 4 * 16_000]
    request = HearingRequest("es", "transcribe", word_timestamps=False, prompt=prompt, hotwords=hotwords)

    segments = list(whisper.hear(samples, request).segments)

    assert all(segment.end <= 5 for segment in segments), "answered, though maybe with nothing"


@pytest.mark.parametrize("language", ["tlh", "fr"], ids=["no token", "a token but no training"])
def test_a_language_that_the_model_does_not_know_is_the_requests_fault(whisper, language):
    request = HearingRequest(language, "transcribe", word_timestamps=False)

    with pytest.raises(
        PermanentError, match=f"model fixture does not know the language {language}"
    ) as raised:
        whisper.hear(np.zeros(16_000, np.float32), request)

    assert raised.value.fault is Fault.LANGUAGE_UNSUPPORTED
