"""The worker loop: receive, work on several deliveries at once, let each meet its fate.

One thread receives (:mod:`shared.worker.receiving`), one daemon thread works on each delivery, and the main
thread waits for the order to stop. Handlers' errors are caught broadly here and nowhere else.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence

import structlog

from shared.domain.errors import EscribaError
from shared.log import get_logger
from shared.metrics import Metric, Metrics
from shared.ports.queue import Delivery, MessageQueue
from shared.settings import WorkerSettings
from shared.worker.backoff import exponential
from shared.worker.fate import DeadLetter, Done, Fate, Later, LeftAlone, MessageHandler
from shared.worker.health import Liveness
from shared.worker.heartbeat import Heartbeat
from shared.worker.protection import ProtectionKeeper
from shared.worker.receiving import receiving_from
from shared.worker.stop import Stop

_log = get_logger(__name__)

HAND_BACK_SECONDS = 3.0
"""What handlers get, after the drain time, to reach their next progress report."""


class Worker:
    """Works its queues, the most urgent first, with ``slots`` deliveries at once until told to stop."""

    def __init__(
        self,
        *,
        queues: Sequence[MessageQueue],
        handler: MessageHandler,
        slots: int,
        settings: WorkerSettings,
        metrics: Metrics,
        stop: Stop,
        protection: ProtectionKeeper,
        liveness: Liveness | None = None,
        hand_back_seconds: float = HAND_BACK_SECONDS,
    ) -> None:
        self._hand_back_seconds = hand_back_seconds
        self._protection = protection
        self._liveness = liveness or Liveness(None)
        self._receiving = receiving_from(queues, settings=settings, take=self._start, pause=stop.wait)
        self._handler = handler
        self._slots = slots
        self._settings = settings
        self._metrics = metrics
        self._stop = stop
        self._busy: set[Heartbeat] = set()
        self._changed = threading.Condition()

    def run(self) -> None:
        """Work until the order to stop; then finish what fits into the drain time."""
        receiver = threading.Thread(target=self._receive_until_stopped, name="receiver", daemon=True)
        receiver.start()
        self._stop.wait()
        _log.info("stopping", in_flight=len(self._busy))
        # Receives on their way may still bring messages, which are handed back: wait for them as well.
        receiver.join(self._stop.remaining_seconds())
        self._wait_until_idle(self._stop.remaining_seconds())
        if not self._wait_until_idle(self._hand_back_seconds):
            self._hand_back_what_still_runs()
        self._protection.end()
        self._protection.join()

    def _hand_back_what_still_runs(self) -> None:
        """For handlers that made no progress report in time: they go on, but nothing of theirs lands."""
        with self._changed:
            unfinished = list(self._busy)
        _log.warning("stopped with work unfinished", in_flight=len(unfinished))
        for hold in unfinished:
            hold.hand_back()

    def _wait_until_idle(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, timeout=seconds)

    def _receive_until_stopped(self) -> None:
        while not self._stop.requested:
            self._liveness.touch()
            free = self._wait_for_free_slots()
            if free > 0:
                self._receiving.take_turn(free)
        self._receiving.finish()

    def _wait_for_free_slots(self) -> int:
        with self._changed:
            self._changed.wait_for(lambda: len(self._busy) < self._slots or self._stop.requested, timeout=1)
            return self._slots - len(self._busy)

    def _start(self, queue: MessageQueue, delivery: Delivery) -> None:
        if self._stop.requested:
            self._settle(queue, delivery, Later(0, "this worker ends"))
            return
        hold = Heartbeat(delivery, queue=queue, settings=self._settings, stop=self._stop)
        with self._changed:
            self._busy.add(hold)
            self._protection.set_busy(True)
        threading.Thread(target=self._work, args=(hold,), name="work", daemon=True).start()

    def _work(self, hold: Heartbeat) -> None:
        try:
            with structlog.contextvars.bound_contextvars(message_id=hold.delivery.message_id):
                with hold:
                    fate = self._handle(hold)
                if not hold.handed_back:
                    self._settle(hold.queue, hold.delivery, fate)
        finally:
            with self._changed:
                self._busy.discard(hold)
                self._protection.set_busy(bool(self._busy))
                self._changed.notify_all()

    def _handle(self, hold: Heartbeat) -> Fate:
        try:
            return self._handler(hold.delivery, hold)
        except Exception as error:
            pause_seconds = exponential(hold.delivery.receive_count, first_seconds=5, most_seconds=300)
            expected = isinstance(error, EscribaError)
            _log.warning("handler failed", exc_info=not expected, error=str(error))
            return Later(pause_seconds, "the handler failed")

    def _settle(self, queue: MessageQueue, delivery: Delivery, fate: Fate) -> None:
        try:
            match fate:
                case Done():
                    queue.delete(delivery)
                case Later(seconds=seconds, reason=reason):
                    _log.info("message put back", reason=reason, seconds=round(seconds, 2))
                    queue.set_visibility(delivery, math.ceil(seconds))
                case DeadLetter(reason=reason):
                    _log.error("message dead-lettered", reason=reason)
                    queue.dead_letter(delivery, reason=reason)
                    self._metrics.record({Metric.MESSAGES_DEAD_LETTERED: 1})
                case LeftAlone():
                    _log.info("message left alone")
        except Exception:
            # The message comes back when its visibility runs out, and its effect is repeatable.
            _log.warning("message could not be settled", fate=type(fate).__name__, exc_info=True)
