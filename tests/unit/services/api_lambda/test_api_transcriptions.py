import pytest
from fastapi.testclient import TestClient

from shared.domain.faults import Fault
from shared.domain.files import FileRecord, FileStatus
from shared.domain.jobs import JobError, JobStatus, TranscriptionOptions
from shared.metrics import Metric
from shared.testing.builders import make_file
from shared.testing.file_store import InMemoryFileStore

AN_ID = "01M7WKJPYWCDFT7MQZB5FA17W9"
UPLOAD = {"filename": "interview.mp3", "contentType": "audio/mpeg", "size": 500_000}


def given_file(world, **changes) -> FileRecord:
    file = make_file(**{"upload_expires_at": world.clock.now().replace(hour=13), **changes})
    world.files.create(file)
    return file


def test_a_job_with_its_upload_is_accepted_in_one_call(world, client: TestClient):
    answer = client.post("/v1/transcriptions", json={"upload": UPLOAD})

    assert answer.status_code == 202
    body = answer.json()
    assert answer.headers["Location"] == f"/v1/jobs/{body['jobId']}"
    assert body["status"] == "pending"
    assert body["estimatedDuration"] == 10
    assert set(body["upload"]) == {"uploadUrl", "method", "headers", "fileId", "expiresAt"}
    job = world.jobs.get(body["jobId"])
    file = world.files.get(body["upload"]["fileId"])
    assert (job.status, job.user_id, job.file.key) == (JobStatus.PENDING, "user-1", file.key)
    assert file.awaiting_job_ids == {job.job_id}
    assert world.queue.bodies == []
    assert world.metrics.values_of(Metric.JOBS_CREATED) == [1]


def test_options_reach_the_job(world, client):
    options = {
        "language": "es",
        "task": "translate",
        "wordTimestamps": False,
        "prompt": "Reunión con Íñigo.\nActa.",
        "hotwords": "Fargate, SQS",
    }

    answer = client.post("/v1/transcriptions", json={"upload": UPLOAD, **options})

    assert world.jobs.get(answer.json()["jobId"]).options == TranscriptionOptions(
        language="es",
        task="translate",
        word_timestamps=False,
        prompt="Reunión con Íñigo.\nActa.",
        hotwords="Fargate, SQS",
    )


def test_without_options_the_language_is_found_from_the_audio(world, client):
    answer = client.post("/v1/transcriptions", json={"upload": UPLOAD})

    assert world.jobs.get(answer.json()["jobId"]).options == TranscriptionOptions()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("language", "klingon"),
        ("language", "EN"),
        ("language", 1),
        ("task", "summarise"),
        ("wordTimestamps", "yes"),
        ("prompt", ""),
        ("prompt", "x" * 1001),
        ("prompt", "a\x00b"),
        ("hotwords", "x" * 501),
        ("speed", 2),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_by_name(world, client, field, value):
    answer = client.post("/v1/transcriptions", json={"upload": UPLOAD, field: value})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert world.metrics.records == []


@pytest.mark.parametrize("body", [{}, {"fileId": AN_ID, "upload": UPLOAD}, {"fileId": None}])
def test_exactly_one_source_must_be_given(client, body):
    answer = client.post("/v1/transcriptions", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "must have either fileId or upload, and not both"


def test_faults_of_the_upload_are_named_by_path(client):
    answer = client.post("/v1/transcriptions", json={"upload": {**UPLOAD, "size": "big"}})

    assert [error["field"] for error in answer.json()["errors"]] == ["upload.size"]


def test_a_refused_upload_leaves_no_job_behind(client):
    answer = client.post("/v1/transcriptions", json={"upload": {**UPLOAD, "contentType": "text/plain"}})

    assert answer.status_code == 415
    assert client.get("/v1/jobs").json()["jobs"] == []


def test_a_job_for_a_file_that_is_still_to_come_waits_for_it(world, client):
    file = given_file(world)

    answer = client.post("/v1/transcriptions", json={"fileId": file.file_id})

    assert answer.status_code == 202
    assert answer.json()["status"] == "pending"
    assert "upload" not in answer.json()
    assert world.files.get(file.file_id).awaiting_job_ids == {answer.json()["jobId"]}
    assert world.queue.bodies == []


def test_a_job_for_a_file_that_is_there_starts_at_once(world, client):
    file = given_file(world, status=FileStatus.UPLOADED, etag="e")

    answer = client.post("/v1/transcriptions", json={"fileId": file.file_id})

    job_id = answer.json()["jobId"]
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert world.jobs.get(job_id).status is JobStatus.QUEUED
    assert world.queued_job_ids() == [job_id]


@pytest.mark.parametrize("status", [FileStatus.REJECTED, FileStatus.DELETED])
def test_a_file_that_was_refused_or_deleted_takes_no_jobs(world, client, status):
    file = given_file(world, status=status, error=JobError.of(Fault.EMPTY_FILE))

    answer = client.post("/v1/transcriptions", json={"fileId": file.file_id})

    assert (answer.status_code, answer.json()["code"]) == (409, "file-unusable")
    assert status.lower() in answer.json()["detail"]
    assert client.get("/v1/jobs").json()["jobs"] == []


def test_a_file_whose_upload_never_came_takes_no_jobs(world, client):
    file = given_file(world)
    world.clock.advance(3600)

    answer = client.post("/v1/transcriptions", json={"fileId": file.file_id})

    assert (answer.status_code, answer.json()["code"]) == (410, "upload-expired")


@pytest.mark.parametrize("file_id", [AN_ID, "x", "../../META", ""])
def test_a_file_that_is_not_there_is_not_found(client, file_id):
    answer = client.post("/v1/transcriptions", json={"fileId": file_id})

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_another_users_file_is_not_found(world, stranger):
    file = given_file(world, status=FileStatus.UPLOADED, etag="e")

    answer = stranger.post("/v1/transcriptions", json={"fileId": file.file_id})

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


class FileSettledMeanwhile(InMemoryFileStore):
    """The upload is settled between the first look at a file and the wish to wait for it."""

    def __init__(self, status: FileStatus) -> None:
        super().__init__()
        self._settled = status

    def await_upload(self, file_id: str, job_id: str) -> FileRecord | None:
        file = self.get(file_id)
        assert file is not None
        self.create(file.model_copy(update={"status": self._settled}))
        return super().await_upload(file_id, job_id)


def test_a_job_whose_file_arrives_meanwhile_starts_at_once(world, make_client):
    world.files = FileSettledMeanwhile(FileStatus.UPLOADED)
    file = given_file(world)

    answer = make_client().post("/v1/transcriptions", json={"fileId": file.file_id})

    assert answer.json()["status"] == "queued"
    assert world.queued_job_ids() == [answer.json()["jobId"]]


def test_a_job_whose_file_is_refused_meanwhile_ends_with_the_reason(world, make_client):
    world.files = FileSettledMeanwhile(FileStatus.REJECTED)
    file = given_file(world)
    client = make_client()

    answer = client.post("/v1/transcriptions", json={"fileId": file.file_id})

    assert (answer.status_code, answer.json()["code"]) == (409, "file-unusable")
    (job,) = client.get("/v1/jobs").json()["jobs"]
    assert (job["status"], job["error"]["code"]) == ("failed", "file-unusable")
