from contextlib import suppress

from services.transcriber.stopwatch import Stopwatch
from shared.testing.clock import FakeClock


def test_a_stopwatch_sums_its_turns_those_that_fail_too():
    clock = FakeClock()
    watch = Stopwatch(clock)

    with watch.running():
        clock.advance(1)
    clock.advance(10)
    with suppress(ZeroDivisionError), watch.running():
        clock.advance(0.5)
        raise ZeroDivisionError

    assert watch.elapsed_ms == 1500


def test_it_counts_how_long_items_take_to_come_not_what_is_done_with_them():
    clock = FakeClock()
    watch = Stopwatch(clock)

    def slow_source():
        for item in range(3):
            clock.advance(2)
            yield item

    for _ in watch.each(slow_source()):
        clock.advance(100)

    assert watch.elapsed_ms == 6000
