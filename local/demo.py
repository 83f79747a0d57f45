"""``make demo``: a platform of its own, the main job on the samples or on one's own file, the figures."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from local.api_client import ApiClient
from local.command_line import load_options
from local.demo_job import DemoResult, DemoRun, Watcher
from local.demo_view import JobBars, make_console, print_table, show_failure, show_result, stage_table
from local.environment import CHECKOUT, isolate
from local.interruption import interrupt_on_signals
from local.options import DemoOptions
from local.platform import Platform, running_platform
from local.report import Measurement, at_most, report_document, report_table, write_report
from shared.process import run_process

SAMPLES = CHECKOUT / "models" / "fixture" / "samples"
OUTPUTS = CHECKOUT / "build" / "demo"
STATE = CHECKOUT / ".local" / "demo"

OUTSIDE_GOAL_MS = 150
SINGLE_JOBS = 5
TEND_SECONDS = 0.2


def main() -> None:
    """Run the demo; status 1 unless every job completed and its mail came, whatever the goals say."""
    options = load_options(DemoOptions, "demo")
    isolate(os.environ)
    interrupt_on_signals()
    console = make_console(quiet=options.json_only)
    tell = _tell_beside(console)
    try:
        results, single = _run(options, console, tell)
    except KeyboardInterrupt:
        tell("interrupted; every process has ended")
        raise
    for number, result in enumerate(results):
        show_result(console, result, mail_in_full=number == 0)
    failed = [result for result in (*results, *single) if result.error]
    _report(console, results, single, json_only=options.json_only)
    for result in failed:
        show_failure(console, result.error or "", of=result.filename)
    sys.exit(1 if failed else 0)


def _run(
    options: DemoOptions, console: Console, tell: Callable[[str], None]
) -> tuple[list[DemoResult], list[DemoResult]]:
    """Start the platform and run all jobs at once; then, of the samples, some one by one."""
    recordings = [options.audio] if options.audio else sorted(SAMPLES.glob("*.flac"))
    console.print(
        f"Starting the platform: emulator, API, router, {options.workers} transcribers, converter, notifier …"
    )
    with (
        running_platform(options, state=STATE, tell=tell) as platform,
        ApiClient(platform.api_url, platform.api_key, platform.inbox_url) as api,
    ):
        shutil.rmtree(OUTPUTS, ignore_errors=True)
        if options.audio and options.model is None:
            console.print(
                "The bundled model knows only synthetic speech of a small vocabulary: for a real "
                "recording add MODEL=small."
            )
        with JobBars(console, [recording.name for recording in recordings]) as bars:
            results = run_jobs(platform, api, options, {r: partial(bars.update, r.name) for r in recordings})
        single = [] if options.audio else _one_at_a_time(platform, api, options, recordings[0], console)
    return results, single


def run_jobs(
    platform: Platform, api: ApiClient, options: DemoOptions, watchers: Mapping[Path, Watcher]
) -> list[DemoResult]:
    """Run a job for each recording, all at the same time, and look after the platform meanwhile."""
    stop = threading.Event()
    run = DemoRun(api, language=options.language, outputs=OUTPUTS, stop=stop)
    with ThreadPoolExecutor(len(watchers)) as pool:
        futures = [pool.submit(run, recording, watch) for recording, watch in watchers.items()]
        try:
            _tend_until_done(futures, platform)
        except BaseException:
            stop.set()
            raise
        return [future.result() for future in futures]


def _one_at_a_time(
    platform: Platform, api: ApiClient, options: DemoOptions, recording: Path, console: Console
) -> list[DemoResult]:
    """Jobs that share the machine wait for each other; the pipeline's own time shows in one by itself."""
    console.print(f"Timing {SINGLE_JOBS} jobs one after another: {recording.name}")
    return [
        result
        for _ in range(SINGLE_JOBS)
        for result in run_jobs(platform, api, options, {recording: lambda _status, _percent: None})
    ]


def _tend_until_done(futures: Sequence[Future[DemoResult]], platform: Platform) -> None:
    while wait(futures, timeout=TEND_SECONDS).not_done:
        platform.tend()


def _report(
    console: Console, results: Sequence[DemoResult], single: Sequence[DemoResult], *, json_only: bool
) -> None:
    measurements = measurements_of(results, single)
    document = {**report_document("demo", measurements), "jobs": [_summary(result) for result in results]}
    path = write_report(document)
    if any(result.stages for result in results):
        for table in (stage_table(results), report_table(measurements)):
            console.print()
            print_table(console, table)
        console.print(
            f"\nThe same figures: {path.relative_to(CHECKOUT)}\nThe exit status says whether every job "
            "completed and its e-mail came, not whether the goals hold."
        )
    if any(result.mail and result.mail.link for result in results):
        console.print(
            "The platform of this demo has ended, so the links no longer work; `make up` keeps one running."
        )
    if json_only:
        print(json.dumps(document, indent=2, ensure_ascii=False))


def measurements_of(results: Sequence[DemoResult], single: Sequence[DemoResult]) -> list[Measurement]:
    """How many jobs came through, and the median stages of ``single``: those that ran one by one.

    Without these the stages of ``results`` are told, but judged by no goal: a first job, or one of
    many, also waits for what a warm and idle platform has behind it.
    """
    completed = sum(result.error is None for result in results)
    jobs = Measurement("jobs completed", completed, "jobs", f">= {len(results)}", completed == len(results))
    stages = [asdict(result.stages) for result in single or results if result.stages is not None]
    if not stages:
        return [jobs]
    which = f"one job at a time, median of {len(stages)}" if single else "the job"
    medians = {name: _median(stage[name] for stage in stages) for name in stages[0]}
    outside, outside_ms = f"{which}: outside decode and inference", medians.pop("outside_ms") or 0
    return [
        jobs,
        at_most(outside, outside_ms, "ms", OUTSIDE_GOAL_MS)
        if single
        else Measurement(outside, outside_ms, "ms"),
        *(
            Measurement(f"{which}: {name.removesuffix('_ms').replace('_', ' ')}", value, "ms")
            for name, value in medians.items()
            if value is not None
        ),
    ]


def _median(values: Iterable[float | None]) -> int | None:
    """In whole milliseconds, as every time here is told."""
    known = [value for value in values if value is not None]
    return round(statistics.median(known)) if known else None


def _summary(result: DemoResult) -> dict[str, Any]:
    job = result.job or {}
    return {
        "filename": result.filename,
        "status": job.get("status"),
        "result": job.get("result"),
        "transcript": result.transcript,
        "files": [str(path) for path in result.files],
        "mail": None if result.mail is None else {"subject": result.mail.subject, "text": result.mail.text},
        "stages": None if result.stages is None else asdict(result.stages),
        "error": result.error,
    }


def _tell_beside(console: Console) -> Callable[[str], None]:
    """What the platform has to say is for people: it goes where JSON does not."""
    return lambda sentence: print(sentence, file=sys.stderr) if console.quiet else console.print(sentence)


if __name__ == "__main__":
    run_process(main)
