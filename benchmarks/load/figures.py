"""What a load test found, as figures."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.table import Table

from benchmarks.calls.call import Call, usage_by
from benchmarks.chaos.audit import percentile
from benchmarks.chaos.caller import ReceivedMail
from benchmarks.load.memory import growth_mib, peak_mib
from benchmarks.load.wave import Wave
from local.report import Measurement, at_most

PERCENTS = (50, 95, 99)
SERVICES = ("dynamodb", "sqs", "s3", "ses")


@dataclass(frozen=True)
class WaveFindings:
    """One wave: how long each job took from its last byte to its e-mail, and how many got none or two."""

    name: str
    jobs: int
    seconds: float
    waits_seconds: Sequence[float]
    without_notice: int
    doubled: int

    @property
    def jobs_a_second(self) -> float:
        """From the first submission to the last notice."""
        return (self.jobs - self.without_notice) / self.seconds


def findings_of(name: str, wave: Wave, mails: Iterable[ReceivedMail]) -> WaveFindings:
    """``mails`` may hold those of other waves."""
    accepted: dict[str, list[datetime]] = {job_id: [] for job_id in wave.submitted}
    for mail in mails:
        if mail.job_id in accepted and mail.subject.startswith("Transcript ready"):
            accepted[mail.job_id].append(mail.accepted_at)
    told = {job_id: times for job_id, times in accepted.items() if times}
    last = max((min(times).timestamp() for times in told.values()), default=wave.ended_at)
    return WaveFindings(
        name,
        jobs=len(wave.submitted),
        seconds=last - wave.began_at,
        waits_seconds=sorted((min(told[job]) - wave.submitted[job]).total_seconds() for job in told),
        without_notice=len(accepted) - len(told),
        doubled=sum(len(times) > 1 for times in told.values()),
    )


def figures_of_wave(wave: WaveFindings) -> list[Measurement]:
    """Rate and waits, and that nobody was forgotten."""
    return [
        at_most(f"{wave.name}: jobs without their notice", wave.without_notice, "jobs", 0),
        at_most(f"{wave.name}: jobs told of twice", wave.doubled, "jobs", 0),
        Measurement(f"{wave.name}: jobs", wave.jobs, "jobs"),
        Measurement(
            f"{wave.name}: rate, first upload to last notice", round(wave.jobs_a_second, 2), "jobs/s"
        ),
        *(
            Measurement(
                f"{wave.name}: upload to notice, p{percent}",
                round(percentile(wave.waits_seconds, percent), 3),
                "s",
            )
            for percent in PERCENTS
        ),
    ]


def figures_of_calls(calls: Sequence[Call], jobs: int) -> list[Measurement]:
    """Requests a job by AWS service; receives that brought nothing are told apart."""
    worked = usage_by((call for call in calls if not call.is_empty_receive), "service")
    empty = sum(call.requests for call in calls if call.is_empty_receive)
    requests = {service: worked[service,].requests for (service,) in worked}
    return [
        *(
            Measurement(f"{service} requests a job", round(requests.get(service, 0) / jobs, 3), "requests")
            for service in SERVICES
        ),
        Measurement("receives that brought nothing, a job", round(empty / jobs, 3), "requests"),
        Measurement("messages a receive", round(messages_a_receive(calls), 2), "messages"),
    ]


def messages_a_receive(calls: Iterable[Call]) -> float:
    """Mean over the receives that brought any; 0 of none."""
    counts = [call.messages for call in calls if call.messages]
    return statistics.fmean(counts) if counts else 0.0


def figures_of_memory(samples: Mapping[str, Sequence[tuple[float, float]]]) -> list[Measurement]:
    """Peak and growth of each process."""
    return [
        measurement
        for name, series in sorted(samples.items())
        for measurement in (
            Measurement(f"memory of {name}: peak", round(peak_mib(series), 1), "MiB"),
            Measurement(f"memory of {name}: growth, second half", round(growth_mib(series), 1), "MiB"),
        )
    ]


def calls_table(calls: Sequence[Call], jobs: int) -> Table:
    """Requests a job by process and operation, with the mean time of one."""
    table = Table(title="Requests to AWS a job", title_justify="left", box=None, pad_edge=False)
    for column in ("process", "service", "operation"):
        table.add_column(column)
    for column in ("a job", "ms each"):
        table.add_column(column, justify="right")
    worked = [call for call in calls if not call.is_empty_receive]
    counts = Counter((call.process, call.service, call.operation) for call in worked)
    for key, usage in usage_by(worked, "process", "service", "operation").items():
        table.add_row(
            *key, f"{usage.requests / jobs:.3f}", f"{usage.took_ms / counts[key[0], key[1], key[2]]:.1f}"
        )
    return table


def calls_document(calls: Sequence[Call], jobs: int) -> list[dict[str, object]]:
    """The same for programs."""
    worked = (call for call in calls if not call.is_empty_receive)
    return [
        {
            "process": key[0],
            "service": key[1],
            "operation": key[2],
            "requestsAJob": round(use.requests / jobs, 4),
        }
        for key, use in usage_by(worked, "process", "service", "operation").items()
    ]
