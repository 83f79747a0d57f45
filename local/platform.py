"""The whole platform on this machine: emulator, resources, user, API, router, workers, notifier.

Each is a process of its own, wired by its environment alone, as it is in the cloud. What differs there
is where AWS is, how long a failed try rests, that a poller feeds the router, and that the reconciler
runs on a timer of its own.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from local import lifeline
from local.child import ChildFailed, ChildSpec
from local.cloud import Cloud
from local.creation import create_resources, emulator_for
from local.development_user import create_development_user, new_secret
from local.environment import base_environment
from local.issuer import AUDIENCE
from local.loopback import LOOPBACK, free_port, require_free
from local.model import require_model
from local.options import PlatformOptions
from local.provision import Plan
from local.supervisor import Supervisor
from shared.aws.api_key_store import DynamoApiKeyStore
from shared.aws.clients import make_client
from shared.aws.user_directory import DynamoUserDirectory
from shared.ports.clock import SystemClock
from shared.process import StartupError

EXPORTS = "env"
"""File in the state folder that tells shells of a running platform."""

MODEL_LOAD_SECONDS = 300
"""Its files are here by then; a large model takes a while to read."""

Command = Callable[[str], tuple[str, ...]]
"""The arguments that run a module as a process."""

LOCAL_TIMES = {
    "RETRY_DELAYS_SECONDS": "5,25,125",  # as many seconds as minutes in the cloud
    "WEBHOOK_RETRY_DELAYS_SECONDS": "1,2,5,30,120",
    "RECEIVE_WAIT_SECONDS": "2",  # an idle worker ends when its receive does
    "DRAIN_SECONDS": "5",
}

LOCAL_RECONCILER_TIMES = {
    "RECONCILE_SECONDS": "5",
    "EVENT_GRACE_SECONDS": "10",
    "UPLOAD_GRACE_SECONDS": "60",
    "QUEUED_STALLED_SECONDS": "180",  # longer than the last retry delay
    "PROCESSING_STALLED_SECONDS": "120",  # twice the visibility
    "NOTICE_GRACE_SECONDS": "60",
    "NOTICE_ROUND_SECONDS": "60",
    "ERASURE_GRACE_SECONDS": "5",  # there is one API process, which forgets at once
}


@dataclass(frozen=True)
class Ports:
    """Where our servers listen on this machine."""

    api: int
    issuer: int
    live: int

    @property
    def api_url(self) -> str:
        """Where the API is."""
        return f"http://{LOOPBACK}:{self.api}"

    @property
    def issuer_url(self) -> str:
        """Where the development issuer is."""
        return f"http://{LOOPBACK}:{self.issuer}"

    @property
    def live_management_url(self) -> str:
        """Where the notifier hands over what the API's WebSockets are told."""
        return f"http://{LOOPBACK}:{self.live}"


@dataclass(frozen=True)
class Platform:
    """A running platform, as a user needs to know it.

    ``environment`` is what its services were told of AWS; the emulator's credentials, no real ones.
    ``crash`` kills a process by its name and starts it again at once.
    """

    api_url: str
    api_key: str
    user_id: str
    issuer_url: str
    emulator_url: str
    inbox_url: str
    logs: Path
    environment: Mapping[str, str]
    emulator_pid: int
    tend: Callable[[], None]
    crash: Callable[[str], bool]


@contextmanager
def running_platform(
    options: PlatformOptions,
    *,
    state: Path,
    tell: Callable[[str], None],
    cloud: Cloud | None = None,
    overrides: Mapping[str, str] | None = None,
    plan: Plan | None = None,
    command: Command = lifeline.command,
) -> Iterator[Platform]:
    """Start everything, and end everything when the block is left, however far the start came.

    It runs on ``cloud`` where one is given, else on the embedded emulator.

    Inside, call ``tend`` now and then: it restarts what died. ``overrides`` are settings that every
    service is told in place of the local ones, ``plan`` shapes the resources, ``command`` says how a
    module is run. Raises ``StartupError`` with one sentence.
    """
    logs = state / "logs"
    with sole_user_of(state):
        shutil.rmtree(logs, ignore_errors=True)
        (state / EXPORTS).unlink(missing_ok=True)  # left behind by a platform that was killed
        logs.mkdir()
        for port, option in ((options.port, "PORT"), (options.emulator_port, "EMULATOR_PORT")):
            if port:
                require_free(port, option=option)
        if options.model is not None:
            require_model(options.model, logs=logs, tell=tell)
        with (
            cloud or emulator_for(options, logs / "emulator.log") as emulator,
            Supervisor(logs, tell=tell) as supervisor,
            announced_stop(tell),
        ):
            resources = create_resources(options, emulator.connection, plan, state=state, tell=tell)
            tables = make_client("dynamodb", emulator.connection)
            user = create_development_user(
                DynamoUserDirectory(tables, resources.job_table_name),
                DynamoApiKeyStore(tables, resources.job_table_name),
                SystemClock(),
            )
            ports = Ports(api=options.port or free_port(), issuer=free_port(), live=free_port())
            environment = {**emulator.environment(), **resources.environment()}
            supervisor.start(_processes(options, environment, ports, overrides or {}, command))

            def tend() -> None:
                if not emulator.running:
                    raise ChildFailed(f"the emulator ended, and with it all state; its log is in {logs}")
                supervisor.tend()

            yield Platform(
                api_url=ports.api_url,
                api_key=user.api_key,
                user_id=user.user_id,
                issuer_url=ports.issuer_url,
                emulator_url=emulator.endpoint_url,
                inbox_url=emulator.inbox_url,
                logs=logs,
                environment=environment,
                emulator_pid=emulator.pid,
                tend=tend,
                crash=supervisor.crash,
            )


def _processes(
    options: PlatformOptions,
    environment: Mapping[str, str],
    ports: Ports,
    overrides: Mapping[str, str],
    command: Command,
) -> tuple[ChildSpec, ...]:
    """Every process of ours, in the order of the way that a file takes."""
    api_url = ports.api_url
    common = {**base_environment(), **environment, **LOCAL_TIMES, "LINK_SIGNING_KEY": new_secret()}
    common["WEBHOOK_ALLOW_LOOPBACK"] = "true"
    share = str(max(1, (os.cpu_count() or 1) // options.workers))  # of the cores
    transcriber = {**common, "JOBS_AT_ONCE": share, "STREAMS": share}
    if options.model is not None:
        transcriber["MODEL"] = options.model
    tokens = {"TOKEN_ISSUER": ports.issuer_url, "TOKEN_AUDIENCE": AUDIENCE}
    specs = (
        ChildSpec("issuer", command("local.issuer"), {**common, "ISSUER_PORT": str(ports.issuer)}),
        ChildSpec(
            name="api",
            arguments=command("services.api_lambda"),
            environment={
                **common,
                **tokens,
                "HOST": LOOPBACK,
                "PORT": str(ports.api),
                "LIVE_MANAGEMENT_PORT": str(ports.live),
            },
            is_ready=lambda _output: _answers(f"{api_url}/v1/health"),
        ),
        *(() if options.terraform else (ChildSpec("router", command("local.router_poller"), common),)),
        *(
            ChildSpec(
                name=f"transcriber-{number}",
                arguments=command("services.transcriber"),
                environment=transcriber,
                start_seconds=MODEL_LOAD_SECONDS,
            )
            for number in range(1, options.workers + 1)
        ),
        *(
            ChildSpec(f"converter-{number}", command("services.converter"), common)
            for number in range(1, options.converters + 1)
        ),
        *(
            ChildSpec(
                name=f"notifier-{number}",
                arguments=command("services.notifier"),
                environment={
                    **common,
                    "PUBLIC_API_URL": api_url,
                    "LIVE_MANAGEMENT_URL": ports.live_management_url,
                },
            )
            for number in range(1, options.notifiers + 1)
        ),
        ChildSpec(
            name="reconciler",
            arguments=command("services.reconciler"),
            environment={**common, **LOCAL_RECONCILER_TIMES},
        ),
    )
    return tuple(replace(spec, environment={**spec.environment, **overrides}) for spec in specs)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


@contextmanager
def announced_stop(tell: Callable[[str], None]) -> Iterator[None]:
    """Answer Ctrl-C at once: processes may take seconds to end."""
    try:
        yield
    except KeyboardInterrupt:
        tell("\nstopping …")  # the terminal has written ^C on the line
        raise


@contextmanager
def sole_user_of(state: Path) -> Iterator[None]:
    """Hold ``{state}/lock``: two platforms must not write the same logs. The kernel lets go of it.

    The file holds the id of the process, for whoever wonders. Raises ``StartupError``.
    """
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / "lock").open("a+")
    except OSError as error:
        raise StartupError(f"{state} can't be written to: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StartupError(
                f"a platform already runs from {state} (process {lock.read().strip()}): end it first"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
