"""The API over fakes, and a client of each of two users."""

import io
import logging

import pytest
import structlog
from fastapi.testclient import TestClient

from services.api_lambda.app import create_app
from shared.log import configure_logging
from tests.support.api_world import API_KEY, OTHER_KEY, ClientMaker, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make_client(world: World) -> ClientMaker:
    """Makes a client for a key (None: without one) once a test has changed the world."""

    def make(api_key: str | None = API_KEY) -> TestClient:
        headers = {} if api_key is None else {"X-API-Key": api_key}
        return TestClient(create_app(world.dependencies()), headers=headers, follow_redirects=False)

    return make


@pytest.fixture
def client(make_client: ClientMaker) -> TestClient:
    """The first user's client."""
    return make_client()


@pytest.fixture
def stranger(make_client: ClientMaker) -> TestClient:
    """Another user's client."""
    return make_client(OTHER_KEY)


@pytest.fixture
def anonymous(make_client: ClientMaker) -> TestClient:
    """A client without a key."""
    return make_client(None)


@pytest.fixture
def log_stream():
    """What is logged, with the process's logging put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("api", "INFO", stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
