"""Events are taken by the bus, or somebody hears that they were not."""

from __future__ import annotations

import pytest

from shared.aws.clients import make_client
from shared.aws.event_bus import EventBridgeBus
from shared.domain.errors import TransientError
from shared.testing.event_bus import RecordingEventBus
from tests.support.backends import Cloud, Memory

DETAIL = '{"data":{"jobId":"1"}}'


def bus_of(backend: Memory | Cloud, name: str = "default"):
    if isinstance(backend, Memory):
        return RecordingEventBus()
    return EventBridgeBus(make_client("events", backend.connection), name)


def test_an_event_is_taken(backend):
    bus_of(backend).publish("job.completed", DETAIL)


# The emulator takes what the next two tests say is refused: they are held by moto alone.


def test_an_event_for_a_bus_that_is_not_there_is_to_be_tried_again(moto_cloud):
    with pytest.raises(TransientError):
        bus_of(moto_cloud, "nowhere").publish("job.failed", DETAIL)


def test_an_event_that_is_refused_inside_a_good_answer_is_no_success(moto_cloud):
    with pytest.raises(TransientError, match="MalformedDetail"):
        bus_of(moto_cloud).publish("job.failed", "no JSON")
