"""What the fakes offer tests beyond the contract that they share with the adapters."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from shared.domain.email import Email
from shared.domain.errors import TransientError
from shared.metrics import Metric
from shared.ports.clock import SystemClock
from shared.ports.mailer import RecipientRefused
from shared.testing.clock import START, FakeClock
from shared.testing.mailer import RecordingMailer
from shared.testing.metrics import RecordingMetrics
from shared.testing.queue import InMemoryQueue
from shared.testing.waiting import wait_until

EMAIL = Email(to="owner@example.com", subject="s", text="t", html="h")


def test_a_fake_clock_moves_only_when_told():
    clock = FakeClock()
    assert (clock.now(), clock.monotonic()) == (START, 0)
    clock.advance(1.5)
    assert (clock.now(), clock.monotonic()) == (START + timedelta(seconds=1.5), 1.5)


def test_waiting_returns_what_it_waited_for_and_gives_up_in_the_end():
    answers = iter([0, 0, 7])
    assert wait_until(lambda: next(answers)) == 7
    with pytest.raises(TimeoutError):
        wait_until(lambda: False, timeout_seconds=0.01)


def test_a_long_poll_of_the_queue_is_woken_by_a_message():
    queue = InMemoryQueue(SystemClock())
    threading.Timer(0.005, queue.send, ["x"]).start()

    def received():
        return queue.receive(max_messages=1, wait_seconds=20, visibility_seconds=30)

    assert [delivery.body for delivery in wait_until(received)] == ["x"]


def test_the_queue_shows_what_is_left_and_why_something_was_given_up():
    queue = InMemoryQueue(FakeClock())
    queue.send("left")
    queue.send("hopeless")
    for delivery in queue.receive(max_messages=10, wait_seconds=0, visibility_seconds=30):
        if delivery.body == "hopeless":
            queue.dead_letter(delivery, reason="no such job")
    assert queue.bodies == ["left"]
    assert [(letter.body, letter.reason) for letter in queue.dead_letters] == [("hopeless", "no such job")]


@pytest.mark.parametrize("max_messages", [0, 11])
def test_the_queue_refuses_a_batch_that_the_real_one_would_refuse(max_messages):
    with pytest.raises(ValueError, match="1-10"):
        InMemoryQueue(FakeClock()).receive(max_messages=max_messages, wait_seconds=0, visibility_seconds=30)


def test_the_mailer_keeps_refuses_and_fails_as_told():
    mailer = RecordingMailer(refused=frozenset({"gone@example.com"}))
    mailer.failures.append(TransientError("throttled"))
    with pytest.raises(TransientError):
        mailer.send(EMAIL)
    with pytest.raises(RecipientRefused):
        mailer.send(EMAIL.model_copy(update={"to": "gone@example.com"}))
    mailer.send(EMAIL)
    assert mailer.sent == [EMAIL]


def test_metrics_can_be_read_back_by_name():
    metrics = RecordingMetrics()
    metrics.record({Metric.JOBS_COMPLETED: 1, Metric.JOB_TIME: 20})
    metrics.record({Metric.JOBS_COMPLETED: 2})
    assert metrics.values_of(Metric.JOBS_COMPLETED) == [1, 2]
    assert metrics.values_of(Metric.JOB_TIME) == [20]
