import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from services.transcriber.audio_decoder import SAMPLE_RATE
from services.transcriber.engine import HeardWord
from services.transcriber.fake_engine import FakeEngine
from services.transcriber.transcription import confidence_of
from shared.domain.errors import JobCancelled, PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import TranscriptionOptions
from shared.domain.languages import UNDETERMINED
from shared.domain.object_keys import transcript_key
from shared.domain.transcript import SegmentFlag
from shared.metrics import Metric


def fault_of(transcribe, media, engine=None, **options) -> Fault:
    with pytest.raises(PermanentError) as raised:
        transcribe(media, engine or FakeEngine(), **options)
    return raised.value.fault


def test_five_outputs_are_stored_under_the_jobs_own_keys(transcribe, wav, tone):
    run = transcribe(wav(tone(12)[0]), FakeEngine(), filename="Q3 meeting.m4a")

    folder = f"{run.job.user_id}/{run.job.job_id}"
    assert [(output.filename, output.key, output.content_type) for output in run.finished.outputs] == [
        ("Q3 meeting.json", f"{folder}/transcript.json", "application/json"),
        ("Q3 meeting.txt", f"{folder}/transcript.txt", "text/plain; charset=utf-8"),
        ("Q3 meeting.srt", f"{folder}/transcript.srt", "application/x-subrip; charset=utf-8"),
        ("Q3 meeting.vtt", f"{folder}/transcript.vtt", "text/vtt; charset=utf-8"),
        ("Q3 meeting.tsv", f"{folder}/transcript.tsv", "text/tab-separated-values; charset=utf-8"),
    ]
    sizes = {output.key.rpartition(".")[2]: output.size_bytes for output in run.finished.outputs}
    assert sizes == {extension: len(text.encode()) for extension, text in run.texts.items()}


def test_what_is_discarded_is_all_that_was_stored_and_can_be_discarded_again(transcribe, wav, tone):
    run = transcribe(wav(tone(12)[0]), FakeEngine())
    another = transcript_key(run.job.user_id, new_id(), "txt")
    run.transcripts.write(another, b"text", content_type="text/plain")

    for _ in range(2):
        run.discard(run.job.user_id, run.job.job_id)
        assert set(run.transcripts.objects) == {another}


def test_a_repeated_attempt_writes_the_same_bytes(transcribe, wav, tone):
    media = wav(tone(12)[0])
    first, second = (transcribe(media, FakeEngine()) for _ in range(2))

    same = [
        {**json.loads(run.texts["json"]), "jobId": "", "createdAt": run.job.created_at.isoformat()}
        for run in (first, second)
    ]
    assert same[0] == same[1]
    assert first.transcript.created_at == first.job.created_at


def test_the_result_shows_the_transcript_without_opening_it(transcribe, wav, tone):
    run = transcribe(wav(tone(12)[0]), FakeEngine(), TranscriptionOptions(language="es"))

    result = run.finished.result
    assert (result.model, result.language, result.duration_seconds) == ("fake", "es", 12.0)
    assert result.preview == run.transcript.text == "1: This text was not heard. 2: This text was not heard."


def test_the_preview_of_a_long_text_ends_at_a_word(transcribe, wav, tone, scripted, heard):
    text = " ".join(["considerable"] * 20 + [f"number{index}" for index in range(40)])
    run = transcribe(wav(tone(12)[0]), scripted([[heard(text, 0, 12)]]))

    preview = run.finished.result.preview
    assert len(preview) <= 300
    assert preview.endswith("…")
    assert text.startswith(preview.removesuffix("…") + " ")


def test_the_owners_options_reach_the_engine(transcribe, wav, tone, scripted):
    engine = scripted([[]])
    options = TranscriptionOptions(
        language="de", task="translate", word_timestamps=False, prompt="Names: Ann.", hotwords="Escriba"
    )

    transcribe(wav(tone(2)[0]), engine, options)

    [request] = engine.requests
    assert (request.language, request.task, request.word_timestamps) == ("de", "translate", False)
    assert (request.prompt, request.hotwords, request.careful) == ("Names: Ann.", "Escriba", False)


def test_the_language_is_found_in_the_first_window_with_speech_and_kept(
    transcribe, wav, tone, scripted, heard
):
    class SilentAtFirst(scripted):
        def hear(self, samples, request):
            self.speech = () if not self.requests else None
            self.language = "es" if len(self.requests) == 1 else "fr"
            return super().hear(samples, request)

    engine = SilentAtFirst([[], [heard("Hola.", 0, 1)], [heard("Adiós.", 0, 1)]])

    run = transcribe(wav(tone(25)[0]), engine, window_seconds=10)

    assert [request.language for request in engine.requests][:3] == [None, None, "es"]
    assert run.transcript.language == "es"


def test_a_probability_of_the_language_is_given_only_where_it_was_measured(
    transcribe, wav, tone, scripted, heard
):
    media = wav(tone(2)[0])

    found = transcribe(media, scripted([[heard("Hola.", 0, 1)]]))
    named = transcribe(media, scripted([[heard("Hola.", 0, 1)]]), TranscriptionOptions(language="es"))
    silent = transcribe(media, scripted([[]], speech=()))

    for run, probability in ((found, 0.9), (named, None), (silent, None)):
        assert run.transcript.language_probability == probability
        assert run.finished.result.language_probability == probability
        assert json.loads(run.texts["json"])["languageProbability"] == probability


def test_a_segments_confidence_is_that_of_its_own_words(transcribe, wav, tone, scripted, heard):
    sure = heard("Good morning.", 0, 1)
    guessed = heard("Go moaning.", 1, 2)
    guessed = replace(guessed, words=tuple(replace(word, probability=0.2) for word in guessed.words))
    wordless = heard("Good night.", 2, 3, words=())

    run = transcribe(wav(tone(4)[0]), scripted([[sure, guessed, wordless]]))

    assert [segment.confidence for segment in run.transcript.segments] == [0.9, 0.2, 0.8187]


def test_one_word_that_was_guessed_shows_in_the_confidence_and_none_breaks_it(heard):
    words = [HeardWord(0, 1, "word", probability) for probability in (0.99, 0.99, 0.99, 0.05)]
    mean = sum(word.probability for word in words) / len(words)

    assert 0.4 < confidence_of(heard("word", 0, 1, words=words)) < 0.5 < mean
    assert 0 < confidence_of(heard("word", 0, 1, words=[HeardWord(0, 1, "word", 0.0)])) < 0.001


def test_times_count_from_the_files_start_whatever_the_window(transcribe, wav, tone):
    run = transcribe(wav(tone(50)[0]), FakeEngine(), window_seconds=20)

    starts = [segment.start for segment in run.transcript.segments]
    assert starts == sorted(starts)
    assert starts[-1] > 40
    assert run.transcript.segments[-1].end == run.transcript.duration_seconds == 50.0
    assert [segment.id for segment in run.transcript.segments] == list(range(len(starts)))
    assert run.transcript.segments[-1].words[-1].end == 50.0


def test_progress_rises_and_stays_below_a_hundred(transcribe, wav, tone):
    run = transcribe(wav(tone(50)[0]), FakeEngine(), window_seconds=20)

    assert run.progress.reports == sorted(run.progress.reports)
    assert run.progress.reports[0] == 0
    assert 90 < run.progress.reports[-1] <= 99
    assert len(run.progress.reports) > 6


def test_a_cancelled_job_stops_and_stores_nothing(transcribe, wav, tone, progress):
    progress.error = JobCancelled()

    with pytest.raises(JobCancelled):
        transcribe(wav(tone(2)[0]), FakeEngine(), progress=progress)


def test_the_stages_are_timed_and_the_guards_measured(transcribe, wav, tone, scripted, heard):
    loop = heard("six six six six six six", 0, 2)
    run = transcribe(wav(tone(4)[0]), scripted([[loop], [heard("Six.", 0, 2)]]))

    timings = run.finished.timings
    assert min(timings.decode_ms, timings.inference_ms, timings.store_ms) > 0
    assert run.transcript.segments[0].flags == (SegmentFlag.REDECODED,)
    assert run.metrics.values_of(Metric.SEGMENTS_REDECODED) == [1]
    assert run.metrics.values_of(Metric.CONFIDENCE) == [run.transcript.confidence]


@pytest.mark.heavy
@pytest.mark.parametrize("seconds", [0.05, 3.0])
def test_silence_and_the_shortest_sound_complete_with_empty_text(transcribe, wav, whisper, seconds):
    run = transcribe(wav(np.zeros(int(seconds * SAMPLE_RATE))), whisper)

    assert (run.transcript.text, run.transcript.segments) == ("", ())
    assert (run.transcript.language, run.transcript.speech_seconds) == (UNDETERMINED, 0)
    assert run.finished.result.preview == run.texts["txt"] == ""
    assert run.finished.result.duration_seconds == seconds
    assert run.metrics.values_of(Metric.CONFIDENCE) == []


@pytest.mark.parametrize(
    ("media", "fault"),
    [(b"", Fault.UNREADABLE_MEDIA), (b"A letter, renamed to song.mp3. " * 99, Fault.UNREADABLE_MEDIA)],
    ids=["empty", "text"],
)
def test_what_is_no_media_fails_with_its_fault(transcribe, media, fault):
    assert fault_of(transcribe, media) is fault


def test_sound_that_is_too_long_is_refused_before_any_of_it_is_listened_to(transcribe, wav, tone, scripted):
    engine = scripted([[]])

    assert fault_of(transcribe, wav(tone(90)[0]), engine, max_audio_minutes=1.4) is Fault.AUDIO_TOO_LONG
    assert engine.requests == []


def test_the_owners_bound_on_length_holds_where_it_is_less_than_the_workers(transcribe, wav, tone):
    media = wav(tone(90)[0])

    assert fault_of(transcribe, media, FakeEngine(), owners_minutes=1) is Fault.AUDIO_TOO_LONG
    assert transcribe(media, FakeEngine(), owners_minutes=2).transcript.duration_seconds == 90.0


def test_a_header_that_claims_too_much_refuses_nobody(transcribe, wav, tone):
    media = bytearray(wav(tone(12)[0]))
    media[4:8] = media[40:44] = (2**31).to_bytes(4, "little")

    assert transcribe(bytes(media), FakeEngine(), max_audio_minutes=1).transcript.duration_seconds == 12.0


@pytest.mark.parametrize(
    ("upload", "output"),
    [
        ("meeting.mp3", "meeting.txt"),
        ('he said "hi" 😀.mp3', 'he said "hi" 😀.txt'),
        ('reunión "1"/ñ;.wav', 'reunión "1"_ñ;.txt'),
        ("../../etc/passwd", "_.._etc_passwd.txt"),
        ("2024.05/interview", "2024.05_interview.txt"),
        ("C:\\audio\\a.b.wav", "C:_audio_a.b.txt"),
        ("x" * 300 + ".mp3", "x" * 100 + ".txt"),
        ("line\r\nbreak\x00.mp3", "linebreak.txt"),
        ("...", "transcript.txt"),
        ("", "transcript.txt"),
    ],
)
def test_outputs_are_named_after_the_upload_whatever_it_is_called(transcribe, wav, tone, upload, output):
    run = transcribe(wav(tone(0.1)[0]), FakeEngine(), filename=upload)

    assert run.finished.outputs[1].filename == output


@pytest.mark.heavy
def test_one_handler_serves_several_threads(transcribe, whisper, samples_directory):
    media = (samples_directory / "es_1_clean.flac").read_bytes()
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda one: transcribe(one, whisper).transcript, [media, media])

    assert first.segments == second.segments
    assert first.language == "es"
