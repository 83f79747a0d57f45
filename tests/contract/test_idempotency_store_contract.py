"""Requests that are sent again: one is granted, the rest learn how it stands."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.aws.idempotency_store import DynamoIdempotencyStore
from shared.ports.idempotency_store import AlreadyAnswered, AnotherRequest, BeingAnswered, StoredAnswer
from shared.testing.clock import START
from shared.testing.idempotency_store import InMemoryIdempotencyStore

ANSWER = StoredAnswer(202, b'{"jobId": "1"}' * 100, {"location": "/v1/jobs/1"})


def of(backend):
    return backend.store(InMemoryIdempotencyStore, DynamoIdempotencyStore)


@pytest.fixture
def requests(backend):
    return of(backend)


def claim(requests, *, fingerprint="f", now=START, request_id="r", user_id="user-1"):
    return requests.claim(
        user_id, request_id, fingerprint=fingerprint, now=now, lease_seconds=60, kept_seconds=86_400
    )


def test_an_answer_is_kept_as_it_went_out(requests):
    requests.settle(claim(requests), ANSWER)
    with pytest.raises(AlreadyAnswered) as before:
        claim(requests)
    assert before.value.answer == ANSWER


def test_requests_do_not_hinder_each_other(requests):
    claims = claim(requests), claim(requests, request_id="another"), claim(requests, user_id="user-2")
    assert len({one.seed for one in claims}) == 3


def test_what_is_being_answered_is_not_granted_again(requests):
    claim(requests)
    with pytest.raises(BeingAnswered):
        claim(requests, now=START + timedelta(seconds=59))


def test_another_request_under_the_same_id_is_told_apart_whatever_became_of_the_first(requests):
    first = claim(requests)
    with pytest.raises(AnotherRequest):
        claim(requests, fingerprint="g")
    requests.settle(first, ANSWER)
    with pytest.raises(AnotherRequest):
        claim(requests, fingerprint="g")


def test_a_claim_whose_holder_died_is_granted_again_with_its_seed(requests):
    dead = claim(requests)
    again = claim(requests, now=START + timedelta(seconds=60))
    assert again.seed == dead.seed
    requests.settle(dead, StoredAnswer(500, b"late"))
    requests.forget(dead)
    requests.settle(again, ANSWER)
    with pytest.raises(AlreadyAnswered) as before:
        claim(requests, now=START + timedelta(seconds=61))
    assert before.value.answer == ANSWER


def test_an_abandoned_claim_is_granted_at_once_with_its_seed(requests):
    first = claim(requests)
    requests.abandon(first, now=START)
    assert claim(requests).seed == first.seed


def test_a_forgotten_claim_leaves_nothing(requests):
    first = claim(requests)
    requests.forget(first)
    assert claim(requests, fingerprint="g").seed != first.seed


def test_what_is_answered_is_neither_forgotten_nor_abandoned(requests):
    first = claim(requests)
    requests.settle(first, ANSWER)
    requests.forget(first)
    requests.abandon(first, now=START)
    with pytest.raises(AlreadyAnswered):
        claim(requests)


def test_after_a_day_it_is_a_new_request(requests):
    first = claim(requests)
    requests.settle(first, ANSWER)
    tomorrow = START + timedelta(seconds=86_400)
    assert claim(requests, fingerprint="g", now=tomorrow).seed != first.seed
    with pytest.raises(BeingAnswered):
        claim(requests, fingerprint="g", now=tomorrow)


@pytest.mark.parametrize("lease_ran_out", [False, True])
def test_of_fifty_at_once_exactly_one_is_granted(concurrent_backend, lease_ran_out):
    requests = of(concurrent_backend)
    now = START + timedelta(seconds=61 if lease_ran_out else 0)
    if lease_ran_out:
        claim(requests)

    def ask(_number):
        try:
            return claim(requests, now=now)
        except BeingAnswered:
            return None

    with ThreadPoolExecutor(50) as threads:
        granted = [answer for answer in threads.map(ask, range(50)) if answer is not None]
    assert len(granted) == 1
