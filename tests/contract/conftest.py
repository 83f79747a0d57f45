"""Where each port's contract is held: by the fake, by the adapter on moto, and on the emulator.

A test that takes the fixture ``backend`` runs once for each of them. What it makes has fresh names, so
tests share one emulator and never meet.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from local.emulator import SERVICES, Emulator
from shared.aws.clients import Connection
from shared.ports.file_store import FileStore
from shared.ports.job_store import JobStore
from shared.ports.notice_log import NoticeLog
from shared.ports.object_store import ObjectStore
from shared.ports.user_directory import UserDirectory
from tests.support.backends import REGION, Cloud, Memory, QueueUnderTest


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One emulator for all tests, started when the first asks for it."""
    log = tmp_path_factory.mktemp("emulator") / "emulator.log"
    with Emulator(log, services=f"{SERVICES},events") as running:
        yield running


@pytest.fixture(scope="session")
def emulated_cloud(emulator: Emulator) -> Cloud:
    """The adapters on the emulator."""
    return Cloud(emulator.connection)


@pytest.fixture(scope="session")
def _moto_clients() -> Cloud:
    return Cloud(Connection(None, REGION, "testing", "testing"))


@pytest.fixture
def moto_cloud(_moto_clients: Cloud) -> Iterator[Cloud]:
    """The adapters on moto, in this process, empty for each test."""
    with mock_aws():
        yield _moto_clients


@pytest.fixture(params=["memory", "moto", pytest.param("emulator", marks=pytest.mark.emulator)])
def backend(request: pytest.FixtureRequest) -> Memory | Cloud:
    """Each of the three."""
    if request.param == "memory":
        return Memory()
    return request.getfixturevalue("moto_cloud" if request.param == "moto" else "emulated_cloud")


@pytest.fixture(params=["memory", pytest.param("emulator", marks=pytest.mark.emulator)])
def concurrent_backend(request: pytest.FixtureRequest) -> Memory | Cloud:
    """Those that many threads may use at once (moto loses updates then)."""
    return Memory() if request.param == "memory" else request.getfixturevalue("emulated_cloud")


@pytest.fixture
def jobs(backend: Memory | Cloud) -> JobStore:
    return backend.job_store()


@pytest.fixture
def files(backend: Memory | Cloud) -> FileStore:
    return backend.file_store()


@pytest.fixture
def objects(backend: Memory | Cloud) -> ObjectStore:
    return backend.object_store()


@pytest.fixture
def notices(backend: Memory | Cloud) -> NoticeLog:
    return backend.notice_log()


@pytest.fixture
def users(backend: Memory | Cloud) -> UserDirectory:
    return backend.user_directory()


@pytest.fixture
def queue(backend: Memory | Cloud) -> QueueUnderTest:
    return backend.queue()
