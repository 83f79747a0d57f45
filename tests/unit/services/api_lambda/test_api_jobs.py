import pytest

from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import JobError, JobStatus
from shared.testing.builders import make_job
from shared.testing.job_store import InMemoryJobStore

AN_ID = "01M7WKJPYWCDFT7MQZB5FA17W9"
MALFORMED_IDS = ["x", "01kagz4q8b5w2j0t3x9v6m7n1c", "8" + "0" * 25, "%00", AN_ID + "A", AN_ID + "%0A"]


class NoReads(InMemoryJobStore):
    """A store that must not be asked."""

    def get(self, job_id: str):
        raise AssertionError(f"read {job_id}")


def test_a_new_job_shows_its_input_and_no_outputs(world, client):
    job = world.given_job()

    answer = client.get(f"/v1/jobs/{job.job_id}")

    assert answer.status_code == 200
    assert answer.json() == {
        "id": job.job_id,
        "status": "pending",
        "type": "transcription",
        "progress": 0,
        "steps": [
            {
                "name": "transcription",
                "status": "pending",
                "duration": None,
                "output": None,
                "attempts": 0,
                "error": None,
            }
        ],
        "currentStep": None,
        "parentId": None,
        "options": {
            "language": "auto",
            "task": "transcribe",
            "wordTimestamps": True,
            "prompt": None,
            "hotwords": None,
        },
        "inputFile": {
            "fileId": job.file.file_id,
            "filename": "meeting.mp3",
            "contentType": "audio/mpeg",
            "size": 1000,
        },
        "outputFiles": [],
        "operation": None,
        "result": None,
        "qualityMetrics": None,
        "timings": None,
        "attempts": 0,
        "error": None,
        "createdAt": "2026-11-20T12:00:00.000Z",
        "queuedAt": None,
        "startedAt": None,
        "completedAt": None,
    }


def test_a_completed_job_shows_what_came_of_it_but_neither_keys_nor_leases(world, client):
    job = world.given_completed_job()

    answer = client.get(f"/v1/jobs/{job.job_id}")

    body = answer.json()
    assert (body["status"], body["progress"]) == ("completed", 100)
    assert body["result"]["language"] == "en"
    [step] = body["steps"]
    assert (step["name"], step["status"], step["duration"], step["output"]) == (
        "transcription",
        "completed",
        2.5,
        "meeting.txt and 1 more",
    )
    assert [file["filename"] for file in body["outputFiles"]] == ["meeting.txt", "meeting.json"]
    assert "transcript.txt" not in answer.text
    assert "lease" not in answer.text


def test_a_failed_job_says_why(world, client):
    job = world.given_job()
    world.jobs.reject(job.job_id, now=world.clock.now(), error=JobError.of(Fault.EMPTY_FILE))

    body = client.get(f"/v1/jobs/{job.job_id}").json()

    assert (body["status"], body["error"]) == (
        "failed",
        {"code": "empty-file", "message": "The file is empty."},
    )


@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("GET", "/download"), ("DELETE", "")])
class TestAJobThatIsNotTheCallers:
    def test_another_users_job_looks_like_none(self, world, stranger, method, suffix):
        theirs = stranger.request(method, f"/v1/jobs/{world.given_completed_job().job_id}{suffix}")
        nobodys = stranger.request(method, f"/v1/jobs/{new_id()}{suffix}")

        assert theirs.status_code == nobodys.status_code == 404
        assert {**theirs.json(), "requestId": ""} == {**nobodys.json(), "requestId": ""}

    @pytest.mark.parametrize("job_id", MALFORMED_IDS)
    def test_what_is_no_id_is_not_found_without_a_read(self, world, make_client, method, suffix, job_id):
        world.jobs = NoReads()

        answer = make_client().request(method, f"/v1/jobs/{job_id}{suffix}")

        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_jobs_are_listed_newest_first_and_only_ones_own(world, client):
    first = world.given_job()
    world.given_job(user_id="user-2")
    second = world.given_job(created_at=world.clock.now().replace(hour=13))

    body = client.get("/v1/jobs").json()

    assert [job["id"] for job in body["jobs"]] == [second.job_id, first.job_id]
    assert body["nextCursor"] is None


def test_pages_follow_each_other_without_gap_or_overlap(world, client):
    made = {world.given_job().job_id for _ in range(5)}

    seen: list[str] = []
    cursor = None
    for _ in range(3):
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        body = client.get("/v1/jobs", params=query).json()
        seen += [job["id"] for job in body["jobs"]]
        cursor = body["nextCursor"]

    assert cursor is None
    assert len(seen) == 5
    assert set(seen) == made


@pytest.mark.parametrize("status", ["pending", "completed"])
def test_the_list_can_be_narrowed_to_a_state(world, client, status):
    world.given_job()
    world.given_completed_job()

    jobs = client.get("/v1/jobs", params={"status": status}).json()["jobs"]

    assert [job["status"] for job in jobs] == [status]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=COMPLETED", "status"),
        ("status=done", "status"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("cursor=", "cursor"),
        ("sort=up", "sort"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_name(client, query, field):
    answer = client.get(f"/v1/jobs?{query}")

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_made_up_cursor_is_refused(client):
    answer = client.get("/v1/jobs", params={"cursor": "made-up"})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-cursor")


def test_a_completed_job_gives_a_url_for_each_output(world, client):
    job = world.given_completed_job()

    answer = client.get(f"/v1/jobs/{job.job_id}/download")

    assert answer.status_code == 200
    assert answer.json()["files"][0] == {
        "filename": "meeting.txt",
        "contentType": "text/plain",
        "size": 24,
        "url": f"memory:{job.outputs[0].key}?filename=meeting.txt&expires=900",
        "expiresAt": "2026-11-20T12:15:00.000Z",
    }
    assert len(answer.json()["files"]) == 2


def test_a_job_without_outputs_has_nothing_to_download(world, client):
    job = world.given_processing_job()

    answer = client.get(f"/v1/jobs/{job.job_id}/download")

    assert (answer.status_code, answer.json()["code"]) == (409, "job-not-finished")
    assert "processing" in answer.json()["detail"]


@pytest.mark.parametrize("stage", ["given_job", "given_processing_job"])
def test_a_job_that_has_not_ended_can_be_cancelled_again_and_again(world, client, stage):
    job = getattr(world, stage)()

    first = client.delete(f"/v1/jobs/{job.job_id}")
    world.clock.advance(60)
    second = client.delete(f"/v1/jobs/{job.job_id}")

    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert first.json()["status"] == "cancelled"
    assert world.jobs.get(job.job_id).status is JobStatus.CANCELLED


def test_a_finished_job_can_not_be_cancelled(world, client):
    job = world.given_completed_job()

    answer = client.delete(f"/v1/jobs/{job.job_id}")

    assert (answer.status_code, answer.json()["code"]) == (409, "job-already-finished")
    assert "completed" in answer.json()["detail"]
    assert world.jobs.get(job.job_id) == job


def test_a_job_view_shows_every_state_in_lower_case(world, client):
    for status in JobStatus:
        job = make_job(status=status)
        world.jobs.create(job)
        assert client.get(f"/v1/jobs/{job.job_id}").json()["status"] == status.value.lower()
        assert client.get("/v1/jobs", params={"status": status.value.lower()}).status_code == 200
