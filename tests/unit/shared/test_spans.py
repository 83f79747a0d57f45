"""The current span: whose it is, and what is sent inside it."""

from __future__ import annotations

import threading

from shared.ports.queue import TRACE_HEADER
from shared.testing.builders import make_job
from shared.testing.clock import FakeClock
from shared.testing.queue import InMemoryQueue
from shared.testing.tracing import RecordingTracer
from shared.tracing import UNTRACED, current_span, in_span, trace_job
from shared.worker.fate import DeadLetter, Done
from shared.worker.traced import traced


def receive(queue):
    [delivery] = queue.receive(max_messages=1, wait_seconds=0, visibility_seconds=30)
    return delivery


def test_outside_any_span_nobody_traces():
    assert current_span().header is None
    with in_span(UNTRACED):
        trace_job(make_job(trace="trace-9/9"))
        assert current_span().header is None


def test_a_new_thread_belongs_to_no_span():
    headers = []
    with in_span(RecordingTracer()):
        thread = threading.Thread(target=lambda: headers.append(current_span().header))
        thread.start()
        thread.join()
    assert headers == [None]


def test_a_span_within_a_span_ends_where_its_block_does():
    tracer = RecordingTracer()
    with in_span(tracer) as outer:
        with in_span(tracer):
            assert current_span() is not outer
        assert current_span() is outer


def test_a_delivery_goes_on_with_the_trace_of_its_message_and_hands_it_on():
    tracer, queue, next_queue = RecordingTracer(), InMemoryQueue(FakeClock()), InMemoryQueue(FakeClock())
    with in_span(tracer):
        queue.send("work")

    def handler(delivery, hold):
        next_queue.send("notice")
        return Done()

    traced(handler, tracer)(receive(queue), None)
    sender, worker = tracer.spans
    assert worker.trace == sender.trace
    assert worker.parent == str(sender.number)
    assert worker.facts == {"fate": "Done", "receive_count": 1}
    assert receive(next_queue).attributes == {TRACE_HEADER: f"{sender.trace}/{worker.number}"}


def test_a_message_without_a_trace_takes_that_of_its_job():
    tracer, queue = RecordingTracer(), InMemoryQueue(FakeClock())
    job = make_job(trace="trace-7/3")
    queue.send("work")

    def handler(delivery, hold):
        trace_job(job)
        return Done()

    traced(handler, tracer)(receive(queue), None)
    [span] = tracer.spans
    assert (span.trace, span.parent) == ("trace-7", "3")
    assert span.facts["job_id"] == job.job_id
    assert span.facts["user_id"] == job.user_id


def test_a_dead_letter_is_a_failed_span_and_keeps_its_trace():
    tracer, queue = RecordingTracer(), InMemoryQueue(FakeClock())
    with in_span(tracer) as sender:
        queue.send("junk")
    delivery = receive(queue)
    fate = traced(lambda delivery, hold: DeadLetter("junk"), tracer)(delivery, None)
    queue.dead_letter(delivery, reason=fate.reason)
    assert tracer.spans[-1].failed == "DeadLetter"
    assert queue.dead_letters[0].attributes[TRACE_HEADER] == sender.header
