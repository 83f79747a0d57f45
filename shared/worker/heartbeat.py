"""Keeps a delivery ours while its handler works, however long that takes.

A guessed visibility timeout is either too short for the longest file or too long for a killed worker,
so it is short here and extended every ``heartbeat_seconds``. Each delivery has a heartbeat thread of
its own: a slow call for one never delays the beat of another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from shared.log import get_logger
from shared.ports.queue import Delivery, MessageQueue
from shared.settings import WorkerSettings
from shared.worker.stop import Stop

_log = get_logger(__name__)


class Heartbeat:
    """The :class:`~shared.worker.fate.Hold` on one delivery; beats while the ``with`` block runs."""

    def __init__(
        self, delivery: Delivery, *, queue: MessageQueue, settings: WorkerSettings, stop: Stop
    ) -> None:
        self.delivery = delivery
        self.queue = queue
        self._settings = settings
        self._stop = stop
        self._beats: list[Callable[[], None]] = [self._extend_visibility]
        self._releases: list[Callable[[], None]] = []
        self._released = threading.Event()
        self._handed_back = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def on_beat(self, beat: Callable[[], None]) -> None:
        """Call ``beat`` with every heartbeat from now on, from the heartbeat's own thread."""
        self._beats.append(beat)

    def on_hand_back(self, release: Callable[[], None]) -> None:
        """Call ``release`` if the process must end before the handler returns."""
        self._releases.append(release)

    @property
    def handed_back(self) -> bool:
        """Whether the delivery was handed back over the handler's head."""
        return self._handed_back.is_set()

    def hand_back(self) -> None:
        """Let others have the work now, although its handler still runs: the process ends."""
        self._handed_back.set()
        self._released.set()
        self._thread.join()
        try:
            for release in list(self._releases):
                release()
            self.queue.set_visibility(self.delivery, 0)
        except Exception:
            # It comes back by itself when lease and visibility run out.
            _log.warning("could not be handed back", message_id=self.delivery.message_id, exc_info=True)

    @property
    def stopping(self) -> bool:
        """Whether running work must be handed back now."""
        return self._stop.expired

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._released.set()
        # A beat on its way must land before the message's fate does: extending the visibility of a
        # message that was just handed back would hide it again.
        self._thread.join()

    def _run(self) -> None:
        while not self._released.wait(self._settings.heartbeat_seconds):
            for beat in list(self._beats):
                try:
                    beat()
                except Exception:
                    # The next beat may succeed; two may fail before the time runs out.
                    _log.warning("heartbeat failed", message_id=self.delivery.message_id, exc_info=True)

    def _extend_visibility(self) -> None:
        self.queue.set_visibility(self.delivery, self._settings.visibility_seconds)
