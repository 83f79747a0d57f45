"""The worker loop: receive, work on several deliveries at once, let each meet its fate.

One thread receives (20 s long polls, never more than there are free slots), one daemon thread works on
each delivery, and the main thread waits for the order to stop. The only place that catches broadly.
"""

from __future__ import annotations

import math
import threading

import structlog

from shared.domain.errors import EscribaError
from shared.log import get_logger
from shared.metrics import Metric, Metrics
from shared.ports.queue import Delivery, MessageQueue
from shared.settings import WorkerSettings
from shared.worker.backoff import exponential
from shared.worker.fate import DeadLetter, Done, Fate, Later, LeftAlone, MessageHandler
from shared.worker.heartbeat import Heartbeat
from shared.worker.stop import Stop

_log = get_logger(__name__)

MOST_MESSAGES_A_RECEIVE = 10
"""SQS gives no more than ten."""

HAND_BACK_SECONDS = 3.0
"""What handlers get, after the drain time, to reach their next progress report."""


class Worker:
    """Works one queue with ``slots`` deliveries at once until told to stop."""

    def __init__(
        self,
        *,
        queue: MessageQueue,
        handler: MessageHandler,
        slots: int,
        settings: WorkerSettings,
        metrics: Metrics,
        stop: Stop,
    ) -> None:
        self._queue = queue
        self._handler = handler
        self._slots = slots
        self._settings = settings
        self._metrics = metrics
        self._stop = stop
        self._busy = 0
        self._changed = threading.Condition()

    def run(self) -> None:
        """Work until the order to stop; then finish what fits into the drain time."""
        receiver = threading.Thread(target=self._receive_until_stopped, name="receiver", daemon=True)
        receiver.start()
        self._stop.wait()
        _log.info("stopping", in_flight=self._busy)
        # A receive on its way may still bring messages, which are handed back: wait for it as well.
        receiver.join(self._stop.remaining_seconds())
        self._wait_until_idle(self._stop.remaining_seconds())
        if not self._wait_until_idle(HAND_BACK_SECONDS):
            _log.warning("stopped with work unfinished", in_flight=self._busy)

    def _wait_until_idle(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._busy == 0, timeout=seconds)

    def _receive_until_stopped(self) -> None:
        failures = 0
        while not self._stop.requested:
            free = self._wait_for_free_slots()
            if free == 0:
                continue
            try:
                deliveries = self._queue.receive(
                    max_messages=min(free, MOST_MESSAGES_A_RECEIVE),
                    wait_seconds=self._settings.receive_wait_seconds,
                    visibility_seconds=self._settings.visibility_seconds,
                )
            except Exception:
                failures += 1
                pause_seconds = exponential(failures, first_seconds=1, most_seconds=30)
                _log.warning("can't receive", pause_seconds=round(pause_seconds, 2), exc_info=True)
                self._stop.wait(pause_seconds)
                continue
            failures = 0
            for delivery in deliveries:
                self._start(delivery)

    def _wait_for_free_slots(self) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._busy < self._slots or self._stop.requested, timeout=1)
            return self._slots - self._busy

    def _start(self, delivery: Delivery) -> None:
        if self._stop.requested:
            self._settle(delivery, Later(0, "this worker ends"))
            return
        with self._changed:
            self._busy += 1
        threading.Thread(target=self._work, args=(delivery,), name="work", daemon=True).start()

    def _work(self, delivery: Delivery) -> None:
        try:
            with structlog.contextvars.bound_contextvars(message_id=delivery.message_id):
                with Heartbeat(delivery, queue=self._queue, settings=self._settings, stop=self._stop) as hold:
                    fate = self._handle(delivery, hold)
                self._settle(delivery, fate)
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _handle(self, delivery: Delivery, hold: Heartbeat) -> Fate:
        try:
            return self._handler(delivery, hold)
        except Exception as error:
            pause_seconds = exponential(delivery.receive_count, first_seconds=5, most_seconds=300)
            expected = isinstance(error, EscribaError)
            _log.warning("handler failed", exc_info=not expected, error=str(error))
            return Later(pause_seconds, "the handler failed")

    def _settle(self, delivery: Delivery, fate: Fate) -> None:
        try:
            match fate:
                case Done():
                    self._queue.delete(delivery)
                case Later(seconds=seconds, reason=reason):
                    _log.info("message put back", reason=reason, seconds=round(seconds, 2))
                    self._queue.set_visibility(delivery, math.ceil(seconds))
                case DeadLetter(reason=reason):
                    _log.error("message dead-lettered", reason=reason)
                    self._queue.dead_letter(delivery, reason=reason)
                    self._metrics.record({Metric.MESSAGES_DEAD_LETTERED: 1})
                case LeftAlone():
                    _log.info("message left alone")
        except Exception:
            # The message comes back when its visibility runs out, and its effect is repeatable.
            _log.warning("message could not be settled", fate=type(fate).__name__, exc_info=True)
