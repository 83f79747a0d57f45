"""What a completed job leaves in the metrics."""

from __future__ import annotations

import pytest

from shared.domain.jobs import Timings
from shared.metrics import Metric
from shared.testing.builders import make_job, make_outputs, make_result
from shared.worker.measured import measures_of
from shared.worker.work import FinishedWork

TIMINGS = Timings(queue_wait_ms=40, decode_ms=1000, inference_ms=6000, store_ms=500, total_ms=9000)


def measures(*, duration_seconds=60.0, dollars_per_second=0.0, timings=TIMINGS, **changes):
    job = make_job(**changes)
    result = make_result().model_copy(update={"duration_seconds": duration_seconds})
    finished = FinishedWork(result=result, outputs=make_outputs(job), timings=timings)
    return measures_of(job, finished, timings, dollars_per_second=dollars_per_second)


def test_a_job_costs_the_seconds_of_its_stages_not_those_of_its_waits():
    assert measures(dollars_per_second=0.002)[Metric.JOB_COST] == pytest.approx(7.5 * 0.002)


def test_where_no_price_is_known_no_cost_is_claimed():
    assert Metric.JOB_COST not in measures()


def test_the_real_time_factor_is_inference_by_audio():
    assert measures()[Metric.REAL_TIME_FACTOR] == pytest.approx(0.1)


@pytest.mark.parametrize(
    "changes",
    [{"duration_seconds": 0.0}, {"timings": Timings(decode_ms=5)}],
    ids=["no audio", "no inference"],
)
def test_without_audio_or_inference_there_is_no_factor(changes):
    assert Metric.REAL_TIME_FACTOR not in measures(**changes)


def test_the_attempts_are_those_of_the_job():
    assert measures(attempts=3)[Metric.ATTEMPTS] == 3
