"""Many jobs in one call: one answer an item, the progress of all."""

import pytest

from shared.domain.errors import TransientError
from shared.domain.faults import Fault
from shared.domain.jobs import JobStatus
from shared.domain.messages import read_notice
from shared.domain.tiers import Tier
from shared.testing.builders import make_user

UPLOAD = {"filename": "a.mp3", "contentType": "audio/mpeg", "size": 1000}


def submit(client, *items, **headers):
    return client.post("/v1/batch", json={"items": list(items)}, headers=headers)


def test_each_item_gets_its_own_answer_and_a_bad_one_holds_up_none(world, client):
    file_id = client.post("/v1/upload/presign", json=UPLOAD).json()["fileId"]
    answer = submit(
        client,
        {"upload": UPLOAD, "language": "es"},
        {"fileId": "01KAGZ4Q8B5W2J0T3X9V6M7N1C"},
        {"upload": {**UPLOAD, "size": 2_000_000}},
        {"fileId": file_id},
    )
    assert answer.status_code == 202
    body = answer.json()
    assert (body["accepted"], body["refused"]) == (2, 2)
    first, missing, large, last = body["items"]
    assert first["upload"]["uploadUrl"].startswith("memory:user-1/")
    assert world.jobs.get(first["jobId"]).options.language == "es"
    told = Fault.NOT_FOUND.describe()
    assert missing == {"error": {"code": "not-found", "detail": told, "status": 404}}
    assert (large["error"]["code"], large["error"]["status"]) == ("file-too-large", 413)
    assert last == {"jobId": last["jobId"], "status": "pending"}
    assert world.jobs.get(last["jobId"]).file.file_id == file_id


def test_a_thousand_items_are_taken_and_one_more_is_refused_whole(world, client, make_client):
    world.users.put(make_user(user_id="user-1", tier=Tier.ENTERPRISE, limits={"unlimited": True}))
    answer = submit(make_client(), *[{"upload": UPLOAD}] * 1000)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1000)
    job_ids = [item["jobId"] for item in answer.json()["items"]]
    assert len(set(job_ids)) == 1000
    view = make_client().get(f"/v1/batch/{answer.json()['batchId']}").json()
    assert (view["jobs"], view["jobIds"], view["done"]) == ({"pending": 1000}, job_ids, False)
    refused = submit(client, *[{"upload": UPLOAD}] * 1001)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-request")


def test_no_item_and_an_item_written_wrongly_refuse_the_whole_and_make_nothing(world, client):
    assert submit(client).status_code == 422
    answer = submit(client, {"upload": UPLOAD}, {"upload": UPLOAD, "language": "klingon"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "items.1.language"
    assert client.get("/v1/jobs").json()["jobs"] == []


def test_items_beyond_the_jobs_at_once_are_refused_one_by_one(world, make_client):
    world.users.put(make_user(user_id="user-1", tier=Tier.FREE))
    body = submit(make_client(), *[{"upload": UPLOAD}] * 5).json()
    assert (body["accepted"], body["refused"]) == (2, 3)
    assert {item["error"]["code"] for item in body["items"] if "error" in item} == {"limit-reached"}


def test_a_batch_that_is_sent_again_with_its_key_makes_no_second_jobs(client):
    answers = [submit(client, *[{"upload": UPLOAD}] * 3, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(client.get("/v1/jobs").json()["jobs"]) == 3


def test_progress_is_that_of_all_jobs_and_deleted_ones_count_as_done(world, client):
    answer = submit(client, *[{"upload": UPLOAD}] * 4).json()
    path = f"/v1/batch/{answer['batchId']}"
    failed, cancelled, deleted, waiting = (item["jobId"] for item in answer["items"])
    assert client.get(path).json()["progress"] == 0
    client.delete(f"/v1/jobs/{cancelled}")
    client.delete(f"/v1/jobs/{deleted}?purge=true")
    world.jobs.expire(failed, now=world.clock.now())
    view = client.get(path).json()
    assert view["jobs"] == {"expired": 1, "cancelled": 1, "pending": 1}
    assert (view["deleted"], view["progress"], view["done"]) == (1, 75, False)
    world.jobs.expire(waiting, now=world.clock.now())
    assert client.get(path).json()["done"] is True
    assert world.jobs.get(waiting).status is JobStatus.EXPIRED


@pytest.mark.parametrize("batch_id", ["nonsense", "01KAGZ4Q8B5W2J0T3X9V6M7N1C", None])
def test_the_batch_of_another_user_is_no_batch(client, stranger, batch_id):
    of_another = submit(client, {"upload": UPLOAD}).json()["batchId"]
    assert stranger.get(f"/v1/batch/{batch_id or of_another}").status_code == 404


def submit_told_as_a_whole(client, *items, **headers):
    return client.post("/v1/batch", json={"items": list(items), "notify": "batch"}, headers=headers)


def notices_in(world):
    return [read_notice(body) for body in world.notices.bodies]


def test_a_batch_told_of_as_a_whole_is_open_and_waits_for_its_last_job(world, client):
    answer = submit_told_as_a_whole(client, {"upload": UPLOAD}, {"upload": UPLOAD}, {"fileId": "x"}).json()
    first, last = (item["jobId"] for item in answer["items"][:2])
    assert world.batches.opened("user-1", answer["batchId"]).awaited == last
    assert {world.jobs.get(job_id).batch_id for job_id in (first, last)} == {answer["batchId"]}
    (notice,) = notices_in(world)
    assert (notice.user_id, notice.batch_id) == ("user-1", answer["batchId"])
    assert client.get(f"/v1/batch/{answer['batchId']}").json()["notify"] == "batch"


def test_a_batch_of_which_nothing_was_taken_leaves_nothing_to_tell(world, client):
    answer = submit_told_as_a_whole(client, {"fileId": "x"}).json()
    assert world.batches.opened("user-1", answer["batchId"]) is None
    assert notices_in(world) == []


def test_jobs_of_a_batch_told_of_one_by_one_do_not_know_it(world, client):
    answer = submit(client, {"upload": UPLOAD}).json()
    assert world.jobs.get(answer["items"][0]["jobId"]).batch_id is None
    assert world.batches.opened("user-1", answer["batchId"]) is None


def test_a_call_that_dies_leaves_a_batch_that_the_sweep_finds(world, make_client):
    class Dying(type(world.jobs)):
        def create(self, job):
            if self.get_many([job.job_id]) == () and len(self._jobs) == 1:
                raise TransientError("the table is away")
            super().create(job)

    world.jobs = Dying()
    answer = submit_told_as_a_whole(make_client(), *[{"upload": UPLOAD}] * 3)
    assert answer.status_code == 503
    (opened,) = world.batches.open_until(world.clock.now(), most=10)
    batch = world.batches.get("user-1", opened.batch_id)
    assert not batch.complete
    (job,) = client_jobs(world)
    assert job.job_id in batch.job_ids


def client_jobs(world):
    return world.jobs.list_for_user("user-1", status=None, limit=10, cursor=None).jobs


def test_an_items_own_webhook_is_kept_with_its_job_and_its_secret_shown_once(world, client):
    item = {"upload": UPLOAD, "webhookUrl": "https://example.com/hook"}
    refused = {"upload": UPLOAD, "webhookUrl": "https://10.0.0.1/hook"}
    answers = [submit(client, item, refused, **{"Idempotency-Key": "k"}).json() for _ in range(2)]
    taken, not_taken = answers[0]["items"]
    assert world.jobs.get(taken["jobId"]).webhook_url == item["webhookUrl"]
    assert taken["webhookSecret"].startswith("whsec_")
    assert not_taken["error"]["code"] == "webhook-url-refused"
    assert answers[1]["items"][0] == {name: value for name, value in taken.items() if name != "webhookSecret"}
