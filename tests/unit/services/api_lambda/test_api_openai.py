"""The official client of OpenAI against the API: a file in, its text out, in one call."""

import asyncio
import io

import httpx
import openai
import pytest
from openai import AsyncOpenAI

from services.api_lambda.app import create_app
from services.api_lambda.form_data import NotFormData, form_parts
from shared.domain.faults import Fault
from shared.domain.jobs import JobError, JobStatus, Timings
from shared.domain.object_keys import transcript_key
from shared.domain.results import JobOutput
from shared.domain.transcript import Segment, Transcript, Word
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_result
from shared.testing.clock import START

KEY = "escriba_key-of-a-client"
FORM = "multipart/form-data; boundary=b"
MODEL = b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\n'
AUDIO = b"ID3\x00--not the boundary\r\n\r\n\r\n--\xff\xfe" * 3
WORDS = (
    Word(start=0, end=0.5, text=" Hello", confidence=0.9),
    Word(start=0.5, end=1, text=" there.", confidence=0.8),
)
SEGMENT = Segment(
    id=0, start=0, end=1, text="Hello there.", confidence=0.85, no_speech_probability=0.01, words=WORDS
)
SRT = "1\n00:00:00,000 --> 00:00:01,000\nHello there.\n"


def only_job(world):
    (job,) = world.jobs.list_for_user("user-1", status=None, limit=5, cursor=None).jobs
    return job


def store(world, job):
    transcript = Transcript(
        job_id=job.job_id,
        filename=job.file.filename,
        task=job.options.task,
        model="fixture",
        language="en",
        duration_seconds=1.0,
        speech_seconds=1.0,
        confidence=0.85,
        text="Hello there.",
        segments=(SEGMENT,),
        created_at=START,
    )
    texts = {"json": transcript.model_dump_json(by_alias=True), "srt": SRT, "vtt": "WEBVTT\n"}
    for form, text in texts.items():
        key = transcript_key(job.user_id, job.job_id, form)
        world.transcripts.write(key, text.encode(), content_type="text/plain; charset=utf-8")
        yield JobOutput(
            filename=f"a.{form}", key=key, content_type="text/plain", size_bytes=len(text.encode())
        )


@pytest.fixture
def worker(world):
    """Hears whatever has been stored, while the call waits."""
    world.given_key(KEY)

    def work():
        job = only_job(world)
        if job.status is not JobStatus.PENDING:
            return
        assert job.file.key in world.audio.objects
        world.jobs.mark_queued(job.job_id, now=world.clock.now())
        held = world.jobs.claim(job.job_id, owner="worker", now=world.clock.now(), lease_seconds=60)
        world.jobs.complete(
            HeldLease(job.job_id, "worker", held.attempts),
            now=world.clock.now(),
            result=make_result(),
            outputs=tuple(store(world, held)),
            timings=Timings(),
        )

    world.while_waiting = work
    return world


def ask(world, what="transcriptions", *, key=KEY, audio=AUDIO, **fields):
    async def call():
        transport = httpx.ASGITransport(app=create_app(world.dependencies()))
        async with httpx.AsyncClient(transport=transport) as http:
            client = AsyncOpenAI(api_key=key, base_url="http://escriba/v1", http_client=http, max_retries=0)
            file = ("talk.mp3", io.BytesIO(audio))
            return await getattr(client.audio, what).create(model="whisper-1", file=file, **fields)

    return asyncio.run(call())


def test_a_file_goes_in_and_its_text_comes_out(worker):
    assert ask(worker).text == "Hello there."

    job = only_job(worker)
    assert worker.audio.objects[job.file.key].body == AUDIO
    assert (job.file.filename, job.file.content_type) == ("talk.mp3", "audio/mpeg")


def test_language_and_prompt_reach_the_job(worker):
    ask(worker, language="es", prompt="Reunión con Íñigo.")

    options = only_job(worker).options
    assert (options.language, options.prompt, options.task) == ("es", "Reunión con Íñigo.", "transcribe")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the client's own opinion of this call
def test_a_translation_is_a_job_that_translates(worker):
    assert ask(worker, "translations").text == "Hello there."
    assert only_job(worker).options.task == "translate"


@pytest.mark.parametrize(
    ("response_format", "text"), [("text", "Hello there.\n"), ("srt", SRT), ("vtt", "WEBVTT\n")]
)
def test_text_formats_come_as_text(worker, response_format, text):
    assert ask(worker, response_format=response_format) == text


def test_verbose_json_has_segments_and_words_where_they_are_asked_for(worker):
    answer = ask(
        worker, response_format="verbose_json", timestamp_granularities=["word", "segment"], temperature=0.2
    )

    assert (answer.language, answer.duration, answer.text) == ("english", 1.0, "Hello there.")
    assert [(word.word, word.start, word.end) for word in answer.words] == [
        ("Hello", 0, 0.5),
        ("there.", 0.5, 1),
    ]
    (segment,) = answer.segments
    assert (segment.text, segment.no_speech_prob) == ("Hello there.", 0.01)
    assert -0.17 < segment.avg_logprob < -0.16


def test_verbose_json_has_segments_alone_unless_told_otherwise(worker):
    answer = ask(worker, response_format="verbose_json")

    assert len(answer.segments) == 1
    assert answer.words is None


def test_a_job_that_takes_too_long_is_answered_with_the_job(world, make_client):
    world.given_key(KEY)
    client = make_client(KEY)

    answer = client.post("/v1/audio/transcriptions", files={"file": ("a.mp3", AUDIO)}, data={"model": "m"})

    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json()['jobId']}"
    assert only_job(world).status is JobStatus.PENDING


def test_what_is_wrong_with_the_file_is_the_clients_error(world):
    world.given_key(KEY)

    def refuse():
        error = JobError(code=Fault.NOT_MEDIA.code, message="The file is not audio or video.")
        world.jobs.reject(only_job(world).job_id, now=world.clock.now(), error=error)

    world.while_waiting = refuse
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        ask(world)
    assert refused.value.body["code"] == "not-media"


def test_a_wrong_key_is_the_clients_authentication_error(world):
    with pytest.raises(openai.AuthenticationError):
        ask(world, key="escriba_wrong")


@pytest.mark.parametrize(
    "fields", [{"language": "klingon"}, {"response_format": "pdf"}, {"prompt": "x" * 1001}], ids=str
)
def test_a_field_that_makes_no_sense_is_refused(worker, fields):
    with pytest.raises(openai.UnprocessableEntityError):
        ask(worker, **fields)


def test_an_empty_file_and_one_over_the_limit_are_refused(worker):
    with pytest.raises(openai.UnprocessableEntityError):
        ask(worker, audio=b"")
    with pytest.raises(openai.APIStatusError) as refused:
        ask(worker, audio=b"x" * 1_000_001)
    assert refused.value.status_code == 413
    with pytest.raises(openai.APIStatusError) as refused:
        ask(worker, audio=b"x" * (26 * 1024**2))
    assert refused.value.status_code == 413


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", b""),
        ("application/json", b"{}"),
        ("multipart/form-data", b"x"),
        (FORM, b""),
        (FORM, b"--b\r\n\r\nx"),
        (FORM, b"--b\r\n\r\nno name\r\n--b--\r\n"),
        (FORM, MODEL + b"\xff\r\n--b--"),
        (FORM, MODEL + b"m\r\n--b--"),
        (FORM, b"--b\r\n\r\n" * 5000 + b"--b--"),
    ],
    ids=range(9),
)
def test_a_body_that_is_not_the_form_is_refused(client, content_type, body):
    answer = client.post("/v1/audio/transcriptions", content=body, headers={"Content-Type": content_type})

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-form")


def test_a_part_keeps_every_byte():
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n\r\n'
        + AUDIO
        + b"\r\n--b--\r\n"
    )

    (part,) = form_parts(body, 'multipart/form-data; boundary="b"')

    assert (part.name, part.filename, part.content) == ("file", "a.mp3", AUDIO)


def test_a_form_without_an_end_is_none():
    with pytest.raises(NotFormData):
        form_parts(MODEL + b"m", FORM)
