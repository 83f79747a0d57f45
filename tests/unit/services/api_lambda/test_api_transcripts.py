"""Transcripts over HTTP: whole, in parts, unchanged, and searched."""

import pytest

from services.api_lambda.byte_ranges import RangeNotSatisfiable, range_of
from services.api_lambda.phrase_search import find_phrase, folded
from services.api_lambda.routes.transcripts import MOST_ANSWER_BYTES
from shared.domain.jobs import Timings
from shared.domain.object_keys import transcript_key
from shared.domain.results import JobOutput
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_result

TEXT = "Good morning, everyone.\nIt is ñandú time.\n"
TSV = "start\tend\ttext\n0\t1500\tGood  morning,\n1500\t3000\teveryone. It is\n3000\t4000\tÑandú time.\n"
TYPES = {"txt": "text/plain; charset=utf-8", "tsv": "text/tab-separated-values; charset=utf-8"}


@pytest.fixture
def given_transcript(world):
    def given(texts=None, **changes):
        job = world.given_processing_job(**changes)
        outputs = []
        for form, text in (texts or {"txt": TEXT, "tsv": TSV}).items():
            key = transcript_key(job.user_id, job.job_id, form)
            world.transcripts.write(key, text.encode(), content_type=TYPES[form])
            outputs.append(
                JobOutput(
                    filename=f"meeting.{form}",
                    key=key,
                    content_type=TYPES[form],
                    size_bytes=len(text.encode()),
                )
            )
        return world.jobs.complete(
            HeldLease(job.job_id, "worker", job.attempts),
            now=world.clock.now(),
            result=make_result(),
            outputs=tuple(outputs),
            timings=Timings(),
        )

    return given


def read(client, job, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(f"/v1/jobs/{job.job_id}/transcript", headers=named)


def test_the_text_itself_is_answered_with_what_a_cache_needs(client, given_transcript):
    answer = read(client, given_transcript())

    assert (answer.status_code, answer.text) == (200, TEXT)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "X-API-Key" in answer.headers["Vary"]


def test_what_the_caller_has_is_not_sent_again(client, given_transcript):
    job = given_transcript()
    etag = read(client, job).headers["ETag"]

    for known in (etag, f'"x", W/{etag}', "*"):
        answer = read(client, job, If_None_Match=known)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == etag
    assert read(client, job, If_None_Match='"another"').status_code == 200


def test_forms_have_etags_of_their_own(client, given_transcript):
    job = given_transcript()
    tsv = client.get(f"/v1/jobs/{job.job_id}/transcript?format=tsv")

    assert tsv.text == TSV
    assert tsv.headers["ETag"] != read(client, job).headers["ETag"]


@pytest.mark.parametrize(
    ("asked", "part"),
    [("bytes=0-3", slice(0, 4)), ("bytes=5-", slice(5, None)), ("bytes=-6", slice(-6, None))],
)
def test_a_part_is_answered_with_its_place(client, given_transcript, asked, part):
    answer = read(client, given_transcript(), Range=asked)

    body = TEXT.encode()
    assert (answer.status_code, answer.content) == (206, body[part])
    start = body.index(body[part])
    assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(body[part]) - 1}/{len(body)}"


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "items=0-1", "bytes=5-2", "bytes=-", "bytes=a-b", "x"])
def test_what_is_no_single_range_gets_the_whole(client, given_transcript, asked):
    assert read(client, given_transcript(), Range=asked).status_code == 200


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=-0"])
def test_a_range_past_the_end_is_refused_with_the_size(client, given_transcript, asked):
    answer = read(client, given_transcript(), Range=asked)

    assert (answer.status_code, answer.json()["code"]) == (416, "range-not-satisfiable")
    assert str(len(TEXT.encode())) in answer.json()["detail"]


def test_a_part_of_another_version_is_the_whole(client, given_transcript):
    job = given_transcript()
    etag = read(client, job).headers["ETag"]

    assert read(client, job, Range="bytes=0-1", If_Range=etag).status_code == 206
    assert read(client, job, Range="bytes=0-1", If_Range='"old"').status_code == 200


def test_one_too_large_for_an_answer_leads_to_storage_and_is_read_in_parts(client, given_transcript):
    job = given_transcript({"txt": "a" * (MOST_ANSWER_BYTES + 10)})

    assert read(client, job).status_code == 307
    first = read(client, job, Range="bytes=0-")
    assert (first.status_code, len(first.content)) == (206, MOST_ANSWER_BYTES)
    rest = read(client, job, Range=f"bytes={MOST_ANSWER_BYTES}-")
    assert rest.content == b"a" * 10


def test_head_says_how_long_it_is(client, given_transcript):
    answer = client.head(f"/v1/jobs/{given_transcript().job_id}/transcript")

    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(TEXT.encode())))


def test_a_job_without_a_transcript_has_none(world, client, given_transcript):
    assert read(client, world.given_job()).json()["code"] == "job-not-finished"
    job = given_transcript()
    assert client.get(f"/v1/jobs/{job.job_id}/transcript?format=srt").status_code == 404
    assert client.get(f"/v1/jobs/{job.job_id}/transcript?format=exe").status_code == 422
    world.transcripts.objects.clear()
    assert read(client, job).status_code == 404


def test_anothers_transcript_is_not_there(stranger, given_transcript):
    assert read(stranger, given_transcript()).status_code == 404


def test_a_phrase_is_found_with_its_time_whatever_its_capitals_and_breaks(client, given_transcript):
    job = given_transcript()
    given_transcript({"txt": TEXT, "tsv": TSV}, user_id="user-2")

    answer = client.get("/v1/search", params={"q": "MORNING,\n everyone"}).json()

    assert answer["searched"] == 1
    assert answer["nextCursor"] is None
    (finding,) = answer["findings"]
    assert (finding["jobId"], finding["startMs"]) == (job.job_id, 0)
    assert "good morning, everyone. it is" in finding["excerpt"]
    assert client.get("/v1/search", params={"q": "ñandú"}).json()["findings"][0]["startMs"] == 3000
    assert client.get("/v1/search", params={"q": "nandu"}).json()["findings"] == []


def test_a_search_goes_on_where_it_stopped(client, given_transcript):
    for _ in range(12):
        given_transcript()

    first = client.get("/v1/search", params={"q": "morning"}).json()
    second = client.get("/v1/search", params={"q": "morning", "cursor": first["nextCursor"]}).json()

    assert (first["searched"], second["searched"], second["nextCursor"]) == (10, 2, None)


@pytest.mark.parametrize("query", [{}, {"q": "a"}, {"q": "a" * 201}, {"q": "abc", "x": "1"}])
def test_a_search_for_nothing_is_refused(client, query):
    assert client.get("/v1/search", params=query).status_code == 422


def test_a_phrase_that_recurs_is_found_so_often_and_no_more():
    tsv = "start\tend\ttext\n" + "".join(f"{n}\t{n + 1}\tla la\n" for n in range(50))

    assert [found.start_ms for found in find_phrase(tsv, folded("la la"), most=3)] == [0, 1, 2]


@pytest.mark.parametrize("tsv", ["", "start\tend\ttext\n", "no tabs\nat all", "start\n\t\t\nx\ty\tz"])
def test_a_table_of_nothing_holds_no_phrase(tsv):
    assert find_phrase(tsv, "z", most=3) == []


def test_an_empty_body_has_no_ranges():
    assert range_of(None, 0) is None
    with pytest.raises(RangeNotSatisfiable):
        range_of("bytes=0-", 0)
