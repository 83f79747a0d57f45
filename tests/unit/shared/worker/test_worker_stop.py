"""The order to stop: given once, by a caller or a signal, with a time to finish in."""

from __future__ import annotations

import os
import signal

from hypothesis import given
from hypothesis import strategies as st

from shared.ports.clock import SystemClock
from shared.testing.clock import FakeClock
from shared.worker.backoff import exponential, jittered
from shared.worker.stop import Stop, stop_on_signals


def test_the_drain_time_runs_from_the_first_order() -> None:
    clock = FakeClock()
    stop = Stop(drain_seconds=10, clock=clock)
    assert not stop.requested
    assert not stop.expired
    stop.request()
    clock.advance(6)
    stop.request()
    assert stop.requested
    assert stop.remaining_seconds() == 4
    assert not stop.expired
    clock.advance(4)
    assert stop.expired


def test_a_signal_gives_the_order() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    stop = Stop(drain_seconds=10, clock=SystemClock())
    try:
        stop_on_signals(stop)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(5)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@given(st.floats(min_value=0, max_value=10_000))
def test_jitter_moves_a_pause_by_a_tenth_at_most(seconds: float) -> None:
    assert 0.9 * seconds <= jittered(seconds) <= 1.1 * seconds


@given(st.integers(min_value=1, max_value=10_000))
def test_exponential_pauses_stay_below_their_bound(failures: int) -> None:
    assert 0 <= exponential(failures, first_seconds=1, most_seconds=30) <= 30
