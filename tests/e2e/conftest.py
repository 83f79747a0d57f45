"""The whole platform as processes of its own, and a caller who knows only its URL and key.

Nothing here imports the project: what is tested is what a user can reach.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import boto3
import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
FINAL = {"completed", "failed", "cancelled", "expired"}

Value = TypeVar("Value")


def eventually(question: Callable[[], Value], what: str, seconds: float = 60) -> Value:
    """Ask until the answer is truthy."""
    deadline = time.monotonic() + seconds
    while not (value := question()):
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)
    return value


@dataclass(frozen=True)
class Upload:
    """A submitted job and how its upload was answered."""

    job_id: str
    upload: dict[str, Any]
    put: httpx.Response


class Caller:
    """A user of the API."""

    def __init__(self, api_url: str, api_key: str, inbox_url: str) -> None:
        self.http = httpx.Client(
            base_url=api_url, headers={"X-API-Key": api_key}, timeout=30, trust_env=False
        )
        self.storage = httpx.Client(timeout=30, trust_env=False)
        self._inbox_url = inbox_url

    def close(self) -> None:
        """Let go of all connections."""
        self.http.close()
        self.storage.close()

    def submit(
        self,
        content: bytes,
        *,
        filename: str,
        content_type: str,
        declared_bytes: int | None = None,
        route: str = "/v1/transcriptions",
        **options: object,
    ) -> Upload:
        """Create a job and PUT the file as the answer says."""
        size = len(content) if declared_bytes is None else declared_bytes
        answer = self.http.post(
            route,
            json={"upload": {"filename": filename, "contentType": content_type, "size": size}, **options},
        )
        assert answer.status_code == 202, answer.text
        created = answer.json()
        upload = created["upload"]
        put = self.storage.request(
            upload["method"], upload["uploadUrl"], headers=upload["headers"], content=content
        )
        return Upload(created["jobId"], upload, put)

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as the API shows it."""
        answer = self.http.get(f"/v1/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def ended(self, job_id: str, seconds: float = 60) -> dict[str, Any]:
        """The job once it has ended."""

        def final() -> dict[str, Any] | None:
            job = self.job(job_id)
            return job if job["status"] in FINAL else None

        job = eventually(final, f"the end of job {job_id}", seconds)
        assert job is not None
        return job

    def outputs(self, job_id: str) -> dict[str, bytes]:
        """All output files of a job, by file name suffix (json, txt, …)."""
        answer = self.http.get(f"/v1/jobs/{job_id}/download")
        assert answer.status_code == 200, answer.text
        return {
            file["filename"].rsplit(".", 1)[1]: self.storage.get(file["url"]).raise_for_status().content
            for file in answer.json()["files"]
        }

    def mails(self, containing: str) -> list[dict[str, Any]]:
        """All e-mails in the emulator's inbox that hold a text."""
        accounts = self.storage.get(self._inbox_url).raise_for_status().json()["messages"]
        return [mail for account in accounts.values() for mail in account if containing in str(mail)]

    def mail(self, containing: str) -> dict[str, Any]:
        """The first e-mail that holds a text, once it has come."""
        return eventually(lambda: self.mails(containing), f"an e-mail with {containing!r}")[0]


@dataclass(frozen=True)
class Platform:
    """A running platform."""

    caller: Caller
    api_url: str
    issuer_url: str
    temporary_files: Path
    environment: dict[str, str]

    def stored_for(self, job_id: str) -> list[str]:
        """The keys of all that lies in the bucket of outputs for a job."""
        storage = boto3.client(
            "s3",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_DEFAULT_REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
        )
        pages = storage.get_paginator("list_objects_v2").paginate(
            Bucket=self.environment["TRANSCRIPT_BUCKET_NAME"]
        )
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        return [key for key in keys if f"/{job_id}/" in key]

    def token_of(self, user_id: str) -> str:
        """What a user would sign in with."""
        answer = httpx.get(f"{self.issuer_url}/token", params={"sub": user_id}, trust_env=False)
        return answer.raise_for_status().text


def _read_exports(path: Path) -> dict[str, str]:
    words = (shlex.split(line) for line in path.read_text().splitlines())
    return dict(word[1].split("=", 1) for word in words if word[:1] == ["export"])


@contextmanager
def _running(state: Path, temporary_files: Path) -> Iterator[Platform]:
    env = _read_exports(state / "env")
    caller = Caller(env["ESCRIBA_API_URL"], env["ESCRIBA_API_KEY"], env["ESCRIBA_INBOX_URL"])
    with closing(caller):
        yield Platform(caller, env["ESCRIBA_API_URL"], env["ESCRIBA_ISSUER_URL"], temporary_files, env)


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """``make up`` on free ports, with a folder for temporary files that must stay empty.

    ``ESCRIBA_APPLIED`` names the folder of one that runs already, on what Terraform created.
    """
    temporary_files = tmp_path_factory.mktemp("temporary")
    if "ESCRIBA_APPLIED" in os.environ:
        with _running(Path(os.environ["ESCRIBA_APPLIED"]), temporary_files) as running:
            yield running
        return
    state = tmp_path_factory.mktemp("platform")
    environment = {
        **os.environ,
        "ESCRIBA_PORT": "0",
        "ESCRIBA_STATE": str(state),
        "TMPDIR": str(temporary_files),
    }
    with (state / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.up"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            exports = state / "env"

            def started() -> bool:
                assert process.poll() is None, (state / "up.log").read_text()
                return exports.is_file()

            eventually(started, "the start of the platform", START_SECONDS)
            with _running(state, temporary_files) as running:
                yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    assert not exports.exists(), "the exports must go with the platform"


@pytest.fixture
def caller(platform: Platform) -> Caller:
    return platform.caller
