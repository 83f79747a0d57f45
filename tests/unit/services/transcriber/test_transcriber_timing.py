from contextlib import suppress

from services.transcriber.listening import Stages
from services.transcriber.stopwatch import Stopwatch
from shared.ports.tracing import StageTime
from shared.testing.clock import FakeClock
from shared.testing.tracing import RecordingTracer
from shared.tracing import in_span


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


def test_a_trace_shows_each_stage_from_its_first_turn_to_its_last_and_how_long_it_ran():
    clock, tracer = FakeClock(), RecordingTracer()
    begun = clock.now().timestamp()

    with in_span(tracer):
        stages = Stages.on(clock)
        for _ in range(3):
            with stages.decoding.running():
                clock.advance(1)
            with stages.inferring.running():
                clock.advance(4)

    assert tracer.spans[0].stages == [
        StageTime("decode", begun, begun + 11, 3000),
        StageTime("inference", begun + 1, begun + 15, 12_000),
    ]
