"""Schemathesis: the API is asked everything that its own document allows, and much that it forbids."""

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection

from services.api_lambda.app import create_app
from services.api_lambda.problems import OPENAI_PATHS
from shared.domain.tiers import LimitOverrides, Tier
from shared.testing.builders import make_user
from tests.support.api_world import API_KEY, World

pytestmark = pytest.mark.heavy


HEADERS = {"X-API-Key": API_KEY}


def _new_app() -> FastAPI:
    world = World()
    world.users.put(make_user(tier=Tier.PRO, limits=LimitOverrides(unlimited=True)))
    world.given_completed_job()
    world.given_job()
    return create_app(world.dependencies())


class FreshApp:
    """The API over a world that each chain of calls begins anew: what it makes must not outlast it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._app = _new_app()

    async def __call__(self, scope, receive, send) -> None:
        await self._app(scope, receive, send)


APP = FreshApp()
REFUSALS = ["2XX", "3XX", "400", "404", "409", "410", "413", "415", "416", "422"]
"""What a request may get that its schema allows: a schema can't say which cursors and files there are."""

CONFIG = schemathesis.Config.from_dict(
    {
        "checks": {
            "positive_data_acceptance": {"expected-statuses": REFUSALS},
            "negative_data_rejection": {"expected-statuses": ["400", "401", "404", "405", "413", "422"]},
        },
        # DELETE cancels a job, which stays to be looked at; only with purge is it gone.
        "operations": [
            {"include-path-regex": "^/v1/jobs/", "checks": {"use_after_free": {"enabled": False}}},
        ],
    }
)
schema = schemathesis.openapi.from_asgi("/openapi.json", APP, config=CONFIG)


@schema.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_every_operation_keeps_to_the_document(case):
    APP.reset()
    in_a_form = case.path in OPENAI_PATHS  # where every value is text, whatever its type was
    case.call_and_validate(headers=HEADERS, excluded_checks=[negative_data_rejection] if in_a_form else [])


def test_the_events_of_a_job_keep_to_the_document():
    """Of one that stands: an id that was made up leads to none, and chains of calls come here by luck."""
    APP.reset()
    jobs = schema["/v1/jobs"]["GET"].Case().call(headers=HEADERS).json()["jobs"]
    for job in jobs:
        case = schema["/v1/jobs/{jobId}/events"]["GET"].Case(path_parameters={"jobId": job["id"]})
        assert case.call_and_validate(headers=HEADERS).status_code == 200
    assert {job["status"] for job in jobs} == {"pending", "completed"}


chained = (
    schema.exclude(path="/v1/keys/{keyId}")  # a chain would revoke the key that it calls with
    .exclude(path="/v1/me", method="DELETE")
    .exclude(path_regex="^/v1/audio/trans")  # forms
)


class Caller(chained.as_state_machine()):
    """Goes from what one answer names to the calls that take it."""

    def setup(self):
        APP.reset()

    def get_call_kwargs(self, case):
        return {"headers": HEADERS}


TestChainsOfCalls = Caller.TestCase
TestChainsOfCalls.settings = settings(
    max_examples=12,
    stateful_step_count=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
