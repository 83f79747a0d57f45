"""Records: ids, times and messages survive their way through text, and junk does not get in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.domain.api_keys import hash_api_key
from shared.domain.ids import is_id, new_id
from shared.domain.jobs import Job, Timings
from shared.domain.messages import JobMessage, NoticeKind, NoticeMessage, UnreadableMessage
from shared.domain.record import format_time, parse_time
from shared.testing.builders import make_job, make_outputs, make_result
from shared.testing.clock import START

MOMENTS = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001
    datetime(2999, 12, 30),  # noqa: DTZ001
    timezones=st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)


AN_ID = "01M7WKJPYWCDFT7MQZB5FA17W9"


def test_a_fresh_id_has_the_form_of_an_id():
    assert is_id(new_id())


def test_fresh_ids_differ():
    assert len({new_id() for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "text",
    ["", "01J", AN_ID.lower(), AN_ID + "\n", " " + AN_ID, AN_ID[:-1] + "U", "8" + AN_ID[1:]],
)
def test_anything_else_has_not(text):
    assert not is_id(text)


@given(MOMENTS)
def test_a_time_comes_back_from_its_text_to_the_millisecond(moment):
    back = parse_time(format_time(moment))
    assert timedelta(0) <= moment - back < timedelta(milliseconds=1)
    assert back.tzinfo is not None


@given(MOMENTS)
def test_the_text_of_a_time_has_one_width_and_is_utc(moment):
    assert len(format_time(moment)) == len("2026-11-20T12:30:04.123Z")
    assert format_time(moment).endswith("Z")


@given(MOMENTS, MOMENTS)
def test_texts_of_times_sort_as_the_times_do(first, second):
    if format_time(first) < format_time(second):
        assert first < second
    if first + timedelta(milliseconds=1) <= second:
        assert format_time(first) < format_time(second)


@given(MOMENTS)
def test_what_a_record_holds_is_what_it_stores(moment):
    job = make_job(created_at=moment)
    assert Job.model_validate_json(job.model_dump_json(by_alias=True)) == job


def test_a_time_without_its_zone_is_refused():
    with pytest.raises(ValidationError, match="time zone"):
        make_job(created_at=datetime(2026, 11, 20))  # noqa: DTZ001


def test_a_full_job_comes_back_from_its_json():
    job = make_job()
    job = job.model_copy(update={"result": make_result(), "outputs": make_outputs(job), "started_at": START})
    assert Job.model_validate_json(job.model_dump_json(by_alias=True)) == job


def test_outside_python_a_record_speaks_camel_case():
    assert {"jobId", "userId", "createdAt"} <= set(make_job().model_dump(by_alias=True))


def test_a_record_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        make_job().progress = 50


def test_a_field_that_a_record_does_not_know_is_refused():
    with pytest.raises(ValidationError, match="Extra inputs"):
        make_job(colour="blue")


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_message_comes_back_from_its_body(kind):
    notice = NoticeMessage(job_id=new_id(), kind=kind, sent_at=datetime.now(UTC))
    assert NoticeMessage.from_body(notice.to_body()) == notice


@given(st.one_of(st.text(), st.recursive(st.none() | st.text(), st.lists).map(repr)))
def test_a_body_of_junk_is_unreadable_and_nothing_worse(body):
    with pytest.raises(UnreadableMessage):
        JobMessage.from_body(body)


@pytest.mark.parametrize(
    "changes",
    [
        {"schemaVersion": 2},
        {"jobId": "../../etc/passwd"},
        {"jobId": AN_ID + "\n"},
        {"sentAt": "yesterday"},
        {"sentAt": "2026-11-20T12:00:00"},
        {"admin": True},
    ],
)
def test_a_message_with_a_wrong_field_is_unreadable(changes):
    fields = {"jobId": new_id(), "sentAt": format_time(START)}
    assert JobMessage.from_body(json.dumps(fields))
    with pytest.raises(UnreadableMessage, match="not a JobMessage"):
        JobMessage.from_body(json.dumps({**fields, **changes}))


def test_an_api_key_is_stored_as_its_sha_256():
    # FIPS 180-2, appendix B.1.
    assert hash_api_key("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_timings_are_kept_to_a_tenth_of_a_millisecond():
    timings = Timings(queue_wait_ms=19.944233000387612, total_ms=2500)

    assert (timings.queue_wait_ms, timings.total_ms) == (19.9, 2500)
    assert Timings.model_validate_json(timings.model_dump_json()) == timings
