import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.api_client import ApiRefusal, Submission, media_type
from local.demo import measurements_of
from local.demo_job import DemoResult, DemoRun, Stages
from local.inbox import Mail

SENT_AT = datetime(2026, 11, 20, 12, 0, 0, 500_000, UTC)
LINK = "http://127.0.0.1:8000/v1/links/abc.def"


def mail(text: str = f"Open it:\n{LINK}\nJob 01J") -> Mail:
    accepted_at = SENT_AT + timedelta(seconds=1)
    return Mail("m1", "escriba@example.com", ("you@example.com",), "Ready", text, "<p>", accepted_at)


def job(status: str = "completed") -> dict:
    return {
        "status": status,
        "progress": 100,
        "error": None if status == "completed" else {"code": "not-media", "message": "It is a text."},
        "queuedAt": "2026-11-20T12:00:00.530Z",
        "completedAt": "2026-11-20T12:00:01.400Z",
        "timings": {"queueWaitMs": 20, "decodeMs": 30, "inferenceMs": 750, "storeMs": 15, "noticeMs": 2},
    }


class ScriptedApi:
    """Answers as the API would for one job."""

    def __init__(self, *jobs: dict, transcript: str = "Hello.", linked: str | None = None) -> None:
        self.jobs = list(jobs)
        self.transcript = transcript
        self.linked = transcript if linked is None else linked
        self.mail: Mail | None = mail()

    def submit(self, audio: Path, *, language: str) -> Submission:
        return Submission("01J", SENT_AT)

    def job(self, job_id: str) -> dict:
        return self.jobs.pop(0) if len(self.jobs) > 1 else self.jobs[0]

    def mail_about(self, job_id: str) -> Mail | None:
        return self.mail

    def download(self, job_id: str, folder: Path) -> tuple[Path, ...]:
        folder.mkdir(parents=True)
        (folder / "hello.txt").write_text(self.transcript)
        return (folder / "hello.txt",)

    def follow(self, link: str) -> bytes:
        assert link == LINK
        return self.linked.encode()


@pytest.fixture
def run(tmp_path):
    def run(api: ScriptedApi, *, stop: threading.Event | None = None, watch=lambda _status, _percent: None):
        demo = DemoRun(api, language="auto", outputs=tmp_path, stop=stop or threading.Event())
        return demo(Path("hello.wav"), watch)

    return run


def test_a_job_that_keeps_every_promise_has_no_error(run):
    seen = []

    result = run(ScriptedApi(job("queued"), job()), watch=lambda status, _percent: seen.append(status))

    assert seen == ["queued", "completed"]
    assert (result.error, result.transcript) == (None, "Hello.")


def test_the_stages_add_up_to_what_the_caller_waited(run):
    stages = run(ScriptedApi(job())).stages

    assert stages == Stages(
        pickup_ms=30,
        queue_wait_ms=20,
        decode_ms=30,
        inference_ms=750,
        store_ms=15,
        notice_ms=2,
        mail_ms=100,
        outside_ms=120,
        total_ms=900,
    )


def test_a_failed_job_is_told_with_its_reason(run):
    assert run(ScriptedApi(job("failed"))).error == "It is a text."


def test_a_job_that_ended_without_a_reason_is_told_with_its_status(run):
    assert run(ScriptedApi({**job("cancelled"), "error": None})).error == "the job is cancelled"


def test_recordings_that_differ_only_in_their_kind_have_a_folder_each(run, tmp_path):
    assert run(ScriptedApi(job())).files == (tmp_path / "hello.wav" / "hello.txt",)


def test_a_link_to_something_else_is_an_error(run):
    assert "link does not give the transcript" in run(ScriptedApi(job(), linked="Other.")).error


def test_a_mail_without_a_link_is_an_error(run):
    api = ScriptedApi(job())
    api.mail = mail("Job 01J")

    assert run(api).error == "the e-mail holds no link"


def test_a_refused_call_is_told_in_the_words_of_the_api(run):
    api = ScriptedApi(job())

    def refuse(audio, *, language):
        raise ApiRefusal("The file is empty.")

    api.submit = refuse
    assert run(api).error == "The file is empty."


def test_a_stopped_demo_leaves_its_job_alone(run):
    stop = threading.Event()
    stop.set()

    assert run(ScriptedApi(job("queued")), stop=stop).error == "the demo was stopped"


def test_the_figures_are_medians_and_judge_only_the_time_outside_decode_and_inference(run):
    first = run(ScriptedApi(job()))
    slow = DemoResult("hello.wav", stages=Stages(30, 20, 30, 750, 15, 2, None, 400, 1180))

    figures = measurements_of([first], [first, slow, slow])

    assert (figures[0].value, figures[0].holds) == (1, True)
    assert (figures[1].value, figures[1].goal, figures[1].holds) == (400, "<= 150", False)
    assert figures[1].measure == "one job at a time, median of 3: outside decode and inference"
    assert {figure.holds for figure in figures[2:]} == {None}


def test_the_only_job_of_a_cold_platform_is_judged_by_no_goal(run):
    figures = measurements_of([run(ScriptedApi(job()))], [])

    assert (figures[1].measure, figures[1].value) == ("the job: outside decode and inference", 120)
    assert (figures[1].goal, figures[1].holds) == (None, None)


def test_without_a_finished_job_only_their_number_is_told():
    failed = DemoResult("hello.wav", error="failed")

    assert [figure.holds for figure in measurements_of([failed], [failed])] == [False]


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("talk.mp3", "audio/mpeg"),
        ("talk.MP4", "video/mp4"),
        ("talk.ts", "application/octet-stream"),
        ("talk", "application/octet-stream"),
        ("notes.txt", "application/octet-stream"),
    ],
)
def test_what_a_name_does_not_tell_is_left_to_the_router(name, declared):
    assert media_type(Path(name)) == declared
