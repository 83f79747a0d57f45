import pytest

from shared.domain.ids import new_id
from shared.ports.link_signer import LinkClaims


def token_for(world, job, user_id: str = "user-1") -> str:
    return world.links.sign(LinkClaims(job.job_id, user_id), now=world.clock.now())


def test_a_link_leads_without_a_key_to_a_fresh_url_of_the_text(world, anonymous):
    job = world.given_completed_job()

    answer = anonymous.get(f"/v1/links/{token_for(world, job)}")

    assert answer.status_code == 307
    assert answer.headers["Location"] == f"memory:{job.outputs[0].key}?filename=meeting.txt&expires=900"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_link_can_ask_for_another_format(world, anonymous):
    job = world.given_completed_job()

    answer = anonymous.get(f"/v1/links/{token_for(world, job)}?format=json")

    assert answer.headers["Location"].startswith(f"memory:{job.outputs[1].key}")


def test_a_format_that_does_not_exist_is_refused_by_name(world, anonymous):
    answer = anonymous.get(f"/v1/links/{token_for(world, world.given_completed_job())}?format=docx")

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["format"]


def test_a_format_that_the_job_did_not_make_is_not_found(world, anonymous):
    answer = anonymous.get(f"/v1/links/{token_for(world, world.given_completed_job())}?format=srt")

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_a_link_works_to_the_end_of_its_day_and_not_beyond(world, anonymous):
    path = f"/v1/links/{token_for(world, world.given_completed_job())}"

    world.clock.advance(86_399)
    assert anonymous.get(path).status_code == 307
    world.clock.advance(1)
    answer = anonymous.get(path)

    assert (answer.status_code, answer.json()["code"]) == (410, "link-expired")


@pytest.mark.parametrize("token", ["x", "a.b.c", "~~", "%F0%9F%8E%89"])
def test_a_made_up_token_is_no_link(anonymous, token):
    if token == "~~":
        token = f"{new_id()}~nobody~2030-01-01T00:00:00.000Z"
    answer = anonymous.get(f"/v1/links/{token}")

    assert (answer.status_code, answer.json()["code"]) == (404, "link-invalid")


def test_a_link_for_somebody_elses_job_is_no_link(world, anonymous):
    answer = anonymous.get(f"/v1/links/{token_for(world, world.given_completed_job(), 'user-2')}")

    assert (answer.status_code, answer.json()["code"]) == (404, "link-invalid")


def test_a_link_to_a_job_that_is_not_done_says_so(world, anonymous):
    answer = anonymous.get(f"/v1/links/{token_for(world, world.given_processing_job())}")

    assert (answer.status_code, answer.json()["code"]) == (409, "job-not-finished")
