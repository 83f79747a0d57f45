"""How every worker process serves its queues, from ready to the last message."""

from __future__ import annotations

from collections.abc import Sequence

from shared.log import get_logger
from shared.metrics import Metrics
from shared.ports.clock import Clock
from shared.ports.queue import MessageQueue
from shared.ports.scale_in_protection import ScaleInProtection
from shared.ports.tracing import Tracer
from shared.settings import WorkerSettings
from shared.tracing import UNTRACED
from shared.worker.fate import MessageHandler
from shared.worker.health import Liveness
from shared.worker.loop import Worker
from shared.worker.protection import ProtectionKeeper
from shared.worker.stop import Stop, stop_on_signals
from shared.worker.traced import traced

_log = get_logger(__name__)


def serve_queues(
    *,
    queues: Sequence[MessageQueue],
    handler: MessageHandler,
    slots: int,
    settings: WorkerSettings,
    clock: Clock,
    metrics: Metrics,
    protection: ScaleInProtection,
    tracer: Tracer = UNTRACED,
) -> None:
    """Work the queues, the most urgent first, until SIGTERM or SIGINT. Logs ``ready`` just before."""
    stop = Stop(drain_seconds=settings.drain_seconds, clock=clock)
    stop_on_signals(stop)
    worker = Worker(
        queues=queues,
        handler=traced(handler, tracer),
        slots=slots,
        settings=settings,
        metrics=metrics,
        stop=stop,
        protection=ProtectionKeeper(protection),
        liveness=Liveness(settings.liveness_file),
    )
    _log.info("ready", slots=slots)
    worker.run()
    _log.info("stopped")
