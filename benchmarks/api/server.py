"""The server under measurement: the API and a bare FastAPI route, behind one uvicorn in one process.

What lies behind the API is in memory, and its reads are counted: the figures are what the API's own code
costs, not the speed of a table.
"""

from __future__ import annotations

import json
import logging

import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from local.development_user import create_development_user
from services.api_lambda.app import create_app
from services.api_lambda.server import bound_socket
from shared.domain.jobs import Job
from shared.log import configure_logging
from shared.ports.clock import SystemClock
from shared.testing.api_key_store import InMemoryApiKeyStore
from shared.testing.builders import make_job
from shared.testing.job_store import InMemoryJobStore
from shared.testing.user_directory import InMemoryUserDirectory
from tools.fake_api import api_over_fakes

JOBS = 50


class CountingJobStore(InMemoryJobStore):
    """Counts reads of single jobs."""

    reads = 0

    def get(self, job_id: str) -> Job | None:
        """The job, or None."""
        self.reads += 1
        return super().get(job_id)


def _bare_app() -> FastAPI:
    app = FastAPI()

    @app.get("/bare/{job_id}")
    def bare(job_id: str) -> dict[str, str]:
        return {"id": job_id, "status": "pending"}

    return app


def main() -> None:
    """Serve until SIGTERM; the first line says where, with which key, and of which job."""
    clock, jobs = SystemClock(), CountingJobStore()
    users, keys = InMemoryUserDirectory(), InMemoryApiKeyStore()
    user = create_development_user(users, keys, clock)
    for _ in range(JOBS):
        job = make_job(user_id=user.user_id)
        jobs.create(job)
    configure_logging("api", "INFO")
    logging.getLogger("services").setLevel(logging.WARNING)  # the log's sink is not what is measured
    api, bare = create_app(api_over_fakes(clock, users=users, keys=keys, jobs=jobs)), _bare_app()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if path == "/reads":
            body = str(jobs.reads).encode()
            length = (b"content-length", str(len(body)).encode())
            await send({"type": "http.response.start", "status": 200, "headers": [length]})
            await send({"type": "http.response.body", "body": body})
        else:
            await (bare if path.startswith("/bare") else api)(scope, receive, send)

    listener = bound_socket("127.0.0.1", 0)
    where = {"port": listener.getsockname()[1], "key": user.api_key, "job_id": job.job_id}
    print(json.dumps(where), flush=True)  # noqa: T201 - read by who started us
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
