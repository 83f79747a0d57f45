"""Queues: at least once, hidden while worked on, back when not, out of the way when hopeless."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from local.provision import Plan
from shared.aws.queue import LONGEST_VISIBILITY_SECONDS
from shared.ports.queue import TRACE_HEADER
from shared.testing.tracing import RecordingTracer
from shared.testing.waiting import wait_until
from shared.tracing import in_span


def test_a_message_arrives_with_its_body_attributes_and_time(queue):
    queue.queue.send('{"name": "ñ 🎧"}', attributes={"trace": "abc"})
    delivery = queue.receive_one()
    assert (delivery.body, delivery.attributes) == ('{"name": "ñ 🎧"}', {"trace": "abc"})
    assert delivery.receive_count == 1
    assert delivery.sent_at.tzinfo is UTC


@pytest.mark.emulator
def test_the_time_of_sending_is_the_queues(emulated_cloud):
    queue = emulated_cloud.queue()
    before = datetime.now(UTC)
    queue.queue.send("x")
    assert before - timedelta(seconds=1) <= queue.receive_one().sent_at <= datetime.now(UTC)


def test_an_empty_queue_gives_nothing(queue):
    assert queue.receive() == []


def test_a_received_message_is_hidden_and_a_deleted_one_gone(queue):
    queue.queue.send("x")
    delivery = queue.receive_one()
    assert queue.receive() == []
    queue.queue.delete(delivery)
    queue.let_seconds_pass(60)
    assert queue.receive() == []


def test_a_batch_gives_each_message_once(queue):
    for number in range(12):
        queue.queue.send(str(number))
    received = []
    while len(received) < 12:
        batch = queue.receive(max_messages=10)
        assert 0 < len(batch) <= 10
        received += [delivery.body for delivery in batch]
    assert sorted(received, key=int) == [str(number) for number in range(12)]


def test_a_message_handed_back_comes_again_at_once_and_counts(queue):
    queue.queue.send("x")
    first = queue.receive_one()
    queue.queue.set_visibility(first, 0)
    second = queue.receive_one()
    assert (second.message_id, second.receive_count) == (first.message_id, 2)
    assert second.receipt != first.receipt


def test_a_message_nobody_deletes_comes_again_when_its_time_is_up(queue):
    queue.queue.send("x")
    first = queue.receive_one(visibility_seconds=1)
    queue.let_seconds_pass(1)
    assert queue.receive_one().message_id == first.message_id


def test_a_heartbeat_keeps_a_message_hidden(queue):
    queue.queue.send("x")
    delivery = queue.receive_one(visibility_seconds=1)
    queue.queue.set_visibility(delivery, 30)
    queue.let_seconds_pass(1)
    assert queue.receive() == []


def test_a_stale_receipt_is_no_error(queue):
    queue.queue.send("x")
    stale = queue.receive_one()
    queue.queue.set_visibility(stale, 0)
    queue.receive_one()
    queue.queue.set_visibility(stale, 30)
    queue.queue.delete(stale)


def test_a_stale_receipt_does_nothing_to_a_later_delivery(concurrent_backend):
    """Moto deletes; AWS promises only that it may not. Nothing of ours rests on either."""
    queue = concurrent_backend.queue()
    queue.queue.send("x")
    stale = queue.receive_one()
    queue.queue.set_visibility(stale, 0)
    current = queue.receive_one()
    queue.queue.delete(stale)
    queue.queue.set_visibility(current, 0)
    assert queue.receive_one().message_id == current.message_id


def test_deleting_twice_and_hiding_what_was_deleted_are_no_errors(queue):
    queue.queue.send("x")
    delivery = queue.receive_one()
    queue.queue.delete(delivery)
    queue.queue.delete(delivery)
    queue.queue.set_visibility(delivery, 30)
    assert queue.receive() == []


def test_any_visibility_asked_for_is_granted_up_to_the_queues_limit(queue):
    queue.queue.send("x")
    delivery = queue.receive_one(visibility_seconds=LONGEST_VISIBILITY_SECONDS + 1000)
    queue.queue.set_visibility(delivery, LONGEST_VISIBILITY_SECONDS + 1000)
    assert queue.receive() == []


@pytest.mark.parametrize("reason", ["there is no such job", "two\nlines \x00", "", "é" * 5000])
def test_a_dead_letter_keeps_its_body_and_attributes_and_says_why(queue, reason):
    queue.queue.send("body", attributes={"trace": "abc"})
    delivery = queue.receive_one()
    queue.queue.dead_letter(delivery, reason=reason)
    queue.queue.set_visibility(delivery, 0)
    assert queue.receive() == []
    (body, attributes), *others = wait_until(queue.dead_letters)
    assert (body, attributes["trace"], others) == ("body", "abc", [])
    assert attributes["reason"][:10] in (reason[:10], "two lines ", "unknown", reason)


@pytest.mark.emulator
def test_a_message_received_too_often_falls_to_the_dead_letter_queue(emulated_cloud):
    queue = emulated_cloud.queue(Plan(max_receive_count=2))
    queue.queue.send("kills its worker")
    for _ in range(2):
        queue.queue.set_visibility(queue.receive_one(), 0)
    assert wait_until(lambda: queue.receive() or queue.dead_letters()) == [("kills its worker", {})]


@pytest.mark.emulator
def test_a_long_poll_returns_as_soon_as_a_message_comes(emulated_cloud):
    queue = emulated_cloud.queue().queue
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(queue.receive, max_messages=1, wait_seconds=20, visibility_seconds=30)
        queue.send("x")
        assert [delivery.body for delivery in waiting.result(timeout=5)] == ["x"]


def test_a_message_carries_the_span_it_was_sent_in_but_no_other_attribute_by_itself(queue):
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    queue.queue.send("x", attributes={TRACE_HEADER: header, "reason": "because"})
    assert queue.receive_one().attributes == {TRACE_HEADER: header, "reason": "because"}
    with in_span(RecordingTracer()) as span:
        queue.queue.send("y")
    assert queue.receive_one().attributes == {TRACE_HEADER: span.header}
    queue.queue.send("z")
    assert queue.receive_one().attributes == {}


def test_a_dead_letter_keeps_the_span_of_its_message(queue):
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"
    queue.queue.send("x", attributes={TRACE_HEADER: header})
    queue.queue.dead_letter(queue.receive_one(), reason="why")
    assert queue.dead_letters() == [("x", {TRACE_HEADER: header, "reason": "why"})]
