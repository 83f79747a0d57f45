import pytest

from services.api_lambda.problem_page import render_page
from services.api_lambda.problems import Problem
from shared.domain.ids import new_id
from shared.ports.link_signer import LinkClaims

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


def token_for(world, job, user_id: str = "user-1") -> str:
    return world.links.sign(LinkClaims(job.job_id, user_id), now=world.clock.now())


def test_a_link_leads_without_a_key_to_a_fresh_url_of_the_text(world, anonymous):
    job = world.given_completed_job()

    answer = anonymous.get(f"/v1/links/{token_for(world, job)}")

    assert answer.status_code == 307
    assert (
        answer.headers["Location"]
        == f"memory:{job.outputs[0].key}?filename=meeting.txt&expires=900&inline=True"
    )
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_link_can_ask_for_another_format_which_is_a_download(world, anonymous):
    job = world.given_completed_job()

    answer = anonymous.get(f"/v1/links/{token_for(world, job)}?format=json")

    assert answer.headers["Location"].startswith(f"memory:{job.outputs[1].key}")
    assert "inline" not in answer.headers["Location"]


def test_a_scanner_that_only_asks_for_the_head_gets_the_answer_of_a_reader(world, anonymous):
    path = f"/v1/links/{token_for(world, world.given_completed_job())}"

    assert anonymous.head(path).status_code == 307
    assert anonymous.head(path).headers["Location"] == anonymous.get(path).headers["Location"]
    assert anonymous.head("/v1/links/made-up").status_code == 404


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


def test_a_browser_gets_a_page_with_the_same_status_code_and_sentence(world, anonymous):
    path = f"/v1/links/{token_for(world, world.given_completed_job())}"
    world.clock.advance(86_400)

    page = anonymous.get(path, headers={"Accept": BROWSER})

    problem = anonymous.get(path).json()
    assert (page.status_code, page.headers["Content-Type"]) == (410, "text/html; charset=utf-8")
    assert f"<p>{problem['detail']}</p>" in page.text
    assert f"Code: {problem['code']}." in page.text
    assert page.headers["X-Request-Id"] in page.text


def test_the_page_is_self_contained_and_runs_nothing(anonymous):
    page = anonymous.get("/v1/links/made-up", headers={"Accept": BROWSER})

    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not any(mark in page.text for mark in ("<script", "src=", "href=", "url("))


def test_the_page_escapes_what_stands_in_it():
    problem = Problem(type="t", title="<b>", status=404, detail="<script>&", code='"', request_id="'")

    page = render_page(problem)

    assert "<b>" not in page
    assert "<p>&lt;script&gt;&amp;</p>" in page
    assert "Code: &quot;. Request: &#x27;." in page


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "application/problem+json, text/html;q=0.5", "text/plain"]
)
def test_a_program_gets_a_problem_document(anonymous, accept):
    answer = anonymous.get("/v1/links/made-up", headers={"Accept": accept})

    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_browser_that_asks_for_a_format_that_does_not_exist_gets_a_page(world, anonymous):
    path = f"/v1/links/{token_for(world, world.given_completed_job())}?format=docx"

    page = anonymous.get(path, headers={"Accept": BROWSER})

    assert page.status_code == 422
    assert "The field format must be &#x27;txt&#x27;, " in page.text


def test_only_links_are_followed_by_people(client):
    answer = client.get("/v1/jobs/none", headers={"Accept": BROWSER})

    assert answer.headers["Content-Type"] == "application/problem+json"
