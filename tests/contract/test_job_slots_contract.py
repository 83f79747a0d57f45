"""Open jobs: a set that never grows past its bound."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.aws.job_slots import DynamoJobSlots
from shared.ports.job_slots import SlotsTaken
from shared.testing.job_slots import InMemoryJobSlots


def of(backend):
    return backend.store(InMemoryJobSlots, DynamoJobSlots)


@pytest.fixture
def slots(backend):
    return of(backend)


def test_as_many_jobs_are_taken_as_there_are_slots(slots):
    slots.take("user", "a", most=2)
    slots.take("user", "b", most=2)
    with pytest.raises(SlotsTaken) as taken:
        slots.take("user", "c", most=2)
    assert taken.value.job_ids == {"a", "b"}
    slots.take("another", "c", most=2)


def test_a_job_that_holds_its_slot_is_granted_it_again(slots):
    slots.take("user", "a", most=1)
    slots.take("user", "a", most=1)


def test_a_freed_slot_is_taken_by_the_next(slots):
    slots.take("user", "a", most=1)
    slots.free("user", ["a", "never-there"])
    slots.take("user", "b", most=1)
    slots.free("user", [])
    with pytest.raises(SlotsTaken) as taken:
        slots.take("user", "c", most=1)
    assert taken.value.job_ids == {"b"}


def test_freeing_for_somebody_who_never_took_is_no_error(slots):
    slots.free("nobody", ["a"])
    slots.take("nobody", "a", most=1)


def test_without_slots_nothing_is_taken(slots):
    with pytest.raises(SlotsTaken):
        slots.take("user", "a", most=0)


def test_of_twenty_at_once_exactly_as_many_are_granted_as_there_are_slots(concurrent_backend):
    slots = of(concurrent_backend)

    def take(number):
        try:
            slots.take("user", f"job-{number}", most=5)
        except SlotsTaken:
            return False
        return True

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(take, range(20))) == 5
