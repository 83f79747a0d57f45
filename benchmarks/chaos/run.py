"""``make chaos``: a platform, a storm over it, time to settle, and the count."""

from __future__ import annotations

import math
import os
import re
import secrets
import sys
import time
from pathlib import Path

import httpx
from rich.console import Console

from benchmarks.chaos.audit import Ending, read_endings
from benchmarks.chaos.cloud import Freezer, Queues
from benchmarks.chaos.figures import Findings, figures_of, has_kept_its_promise, print_findings
from benchmarks.chaos.ledger import Ledger
from benchmarks.chaos.options import ChaosOptions
from benchmarks.chaos.plan import StormPlan, draw_plan
from benchmarks.chaos.remains import Storage
from benchmarks.chaos.storm import Storm
from benchmarks.chaos.users import Users, two_users
from benchmarks.chaos.view import StormView
from local.command_line import load_options
from local.demo_view import make_console
from local.environment import CHECKOUT, isolate
from local.interruption import interrupt_on_signals
from local.platform import Platform, running_platform
from local.provision import Plan
from local.report import report_document, write_report
from shared.domain.errors import TransientError
from shared.ports.clock import SystemClock

STATE = CHECKOUT / ".local" / "chaos"
SETTLE_POLL_SECONDS = 1.0

VISIBILITY_SECONDS = 6
"""A tenth of production's: what a killed process held comes back as much sooner."""

SEEDS = 1_000_000

_MAIL_ID = re.compile(r'"mail_id": "([^"]+)"')


def main() -> None:
    """Run the storm; status 1 unless nothing was lost, doubled or stuck."""
    options = load_options(ChaosOptions, "chaos")
    isolate(os.environ)
    interrupt_on_signals()
    console = make_console()
    findings = run_chaos(options, state=STATE, console=console)
    print_findings(console, findings)
    path = write_report(report_document("chaos", figures_of(findings)))
    console.print(f"\nThe same figures: {path.relative_to(CHECKOUT)}; logs: {STATE / 'logs'}")
    sys.exit(0 if has_kept_its_promise(findings) else 1)


def run_chaos(options: ChaosOptions, *, state: Path, console: Console) -> Findings:
    """One storm from start to count. Raises ``StartupError`` if the platform can't be kept running."""
    seed = secrets.randbelow(SEEDS) if options.seed is None else options.seed
    plan = draw_plan(
        seed,
        jobs=options.jobs,
        seconds=options.seconds,
        kill_every_seconds=options.kill_every_seconds,
        targets=targets_of(options),
    )
    console.print(
        f"Seed {seed} (SEED={seed} repeats the schedule): {options.jobs} jobs in {options.seconds:g} s, "
        f"{len(plan.kills)} kills among {options.workers} transcribers, {options.converters} converters, "
        f"{options.notifiers} notifiers, router and reconciler; the emulator stands still "
        f"for {options.freeze_seconds:g} s"
    )
    overrides = short_times(options.freeze_seconds)
    resources = Plan(visibility_seconds=VISIBILITY_SECONDS)
    with (
        running_platform(
            options, state=state, tell=console.print, overrides=overrides, plan=resources
        ) as platform,
        two_users(platform) as users,
    ):
        return _storm_and_count(options, seed, plan, platform, users, console)


def _storm_and_count(
    options: ChaosOptions,
    seed: int,
    plan: StormPlan,
    platform: Platform,
    users: Users,
    console: Console,
) -> Findings:
    clock, ledger = SystemClock(), Ledger()
    queues = Queues(platform, clock)
    with StormView(console, ledger, jobs=options.jobs) as view:
        with Freezer(platform.emulator_pid) as freezer:
            storm = Storm(
                plan,
                platform=platform,
                users=users,
                queues=queues,
                freezer=freezer,
                freeze_seconds=options.freeze_seconds,
                ledger=ledger,
                clock=clock,
            )
            storm.run(view.update)
        view.say("the storm is over; waiting for what is still open")
        storm_ended = clock.monotonic()
        endings = _settle(options, platform, users, queues, ledger, view)
    return Findings(
        seed=seed,
        ledger=ledger,
        endings=endings,
        dead_letters=queues.dead_letters(),
        messages_left=queues.messages_left(),
        settled_after_seconds=clock.monotonic() - storm_ended,
        recorded_mail_ids=_recorded_mail_ids(platform.logs),
    )


def _settle(
    options: ChaosOptions,
    platform: Platform,
    users: Users,
    queues: Queues,
    ledger: Ledger,
    view: StormView,
) -> list[Ending]:
    """Wait until nothing is open and nothing is on its way; how every job stands then, or at the deadline."""
    deadline, storage = time.monotonic() + options.settle_seconds, Storage(platform)
    while True:
        platform.tend()
        view.update()
        is_late = time.monotonic() > deadline
        if is_late or _is_quiet(users, queues):
            endings = read_endings(users, storage, ledger.submitted)
            if is_late or not any(ending.lost or ending.stuck or ending.strays for ending in endings):
                return endings
        time.sleep(SETTLE_POLL_SECONDS)


def _is_quiet(users: Users, queues: Queues) -> bool:
    try:
        return users.count_open_jobs() == 0 and queues.messages_left() == 0
    except (httpx.HTTPError, TransientError):
        return False


def targets_of(options: ChaosOptions) -> list[str]:
    """Every process that may be killed, workers and notifiers more often than the others.

    Not the API, whose callers would only repeat their call, nor the emulator, which holds all state.
    """
    workers = [f"transcriber-{number}" for number in range(1, options.workers + 1)]
    converters = [f"converter-{number}" for number in range(1, options.converters + 1)]
    notifiers = [f"notifier-{number}" for number in range(1, options.notifiers + 1)]
    return [*(workers + converters + notifiers) * 3, "router", "reconciler"]


def short_times(freeze_seconds: float) -> dict[str, str]:
    """Settings under which everything recovers in seconds. Their proportions are those of production."""
    return {
        "JOBS_AT_ONCE": "2",
        "VISIBILITY_SECONDS": str(VISIBILITY_SECONDS),
        "HEARTBEAT_SECONDS": "2",
        "RECEIVE_WAIT_SECONDS": "1",
        "RETRY_DELAYS_SECONDS": "1,3,9",
        "SENDING_LEASE_SECONDS": str(math.ceil(freeze_seconds) + 10),  # a mail may be stuck that long
        "RECONCILE_SECONDS": "3",
        "EVENT_GRACE_SECONDS": "6",
        "QUEUED_STALLED_SECONDS": "20",
        "PROCESSING_STALLED_SECONDS": "15",
        "NOTICE_GRACE_SECONDS": "15",
        "NOTICE_ROUND_SECONDS": "5",
    }


def _recorded_mail_ids(logs: Path) -> frozenset[str]:
    """Ids of the mails that notifiers put on record, as their logs say.

    Not read as JSON: a line that a killed process left half-written runs into the next one's first.
    """
    lines = (line for log in logs.glob("notifier-*.log") for line in log.read_text().splitlines())
    return frozenset(
        mail_id for line in lines if '"notice sent"' in line for mail_id in _MAIL_ID.findall(line)
    )
