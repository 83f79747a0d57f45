"""One span a delivery, of the trace that its message carries."""

from __future__ import annotations

from shared.ports.queue import TRACE_HEADER, Delivery
from shared.ports.tracing import Tracer
from shared.tracing import in_span
from shared.worker.fate import DeadLetter, Fate, Hold, MessageHandler


def traced(handler: MessageHandler, tracer: Tracer) -> MessageHandler:
    """The handler, each of whose calls is a span that says what became of the message."""

    def handle(delivery: Delivery, hold: Hold) -> Fate:
        with in_span(tracer, delivery.attributes.get(TRACE_HEADER)) as span:
            fate = handler(delivery, hold)
            span.annotate(fate=type(fate).__name__, receive_count=delivery.receive_count)
            if isinstance(fate, DeadLetter):
                span.fail("DeadLetter")
            return fate

    return handle
