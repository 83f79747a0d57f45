"""Clips as a caller gets them: through the API, the queue and a converter, from a file of hours.

The platform runs on this machine, its storage, table and queue in the emulator: the figures hold what these
take here, which is not what they take in AWS.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import av
import httpx
import psutil

from benchmarks.api.load import Call, measure
from benchmarks.load.memory import service_of
from benchmarks.process_memory import peak_mib
from local.options import PlatformOptions
from local.platform import Platform, running_platform
from local.report import Measurement, at_least, at_most
from services.api_lambda.clips import clip_job_id
from shared.domain.audio_operations import ClipOptions
from shared.testing.waiting import wait_until

FRESH_SECONDS = 2.5
CACHED_MS = 200
REQUESTS_PER_SECOND = 100
MEBIBYTES = 512
FRESH_CLIPS = 9
CACHED_CALLS = 300
SECONDS_OF_LOAD = 5.0
_UPLOAD_SECONDS = 120


def clips_over_http(long: Path, tell: Callable[[str], None]) -> list[Measurement]:
    """Clips of half a minute around the middle of ``long``, an MP3."""
    options = PlatformOptions(workers=1, converters=1, model="fake")
    with (
        tempfile.TemporaryDirectory(prefix="escriba-bench-") as state,
        running_platform(options, state=Path(state), tell=lambda _line: None) as platform,
        httpx.Client(
            base_url=platform.api_url,
            headers={"X-API-Key": platform.api_key},
            timeout=_UPLOAD_SECONDS,
            trust_env=False,
        ) as http,
    ):
        listener = _Listener(http, _uploaded(http, long))
        middle_ms = round(_length_ms(long) / 2)
        fresh = [listener.clip(middle_ms + 1_000 * number) for number in range(FRESH_CLIPS)]
        cached = [listener.clip(middle_ms) for _ in range(CACHED_CALLS)]
        if any(one["cacheHit"] for _, one in fresh) or not all(one["cacheHit"] for _, one in cached):
            raise RuntimeError("what is fresh and what is cached got mixed up")
        seconds = sorted(took for took, _ in fresh)
        cached_ms = sorted(took * 1_000 for took, _ in cached)
        load = measure(_port(platform), listener.call(middle_ms), seconds=SECONDS_OF_LOAD)
        bytes_read = max(listener.bytes_read(middle_ms + 1_000 * number) for number in range(FRESH_CLIPS))
        peaks = _peaks()
    size = long.stat().st_size
    tell(
        f"clips over HTTP: fresh {median(seconds):.2f} s ({seconds[0]:.2f} to {seconds[-1]:.2f}), "
        f"cached {median(cached_ms):.1f} ms, {load.requests_per_second:.0f} cached a second, "
        f"{bytes_read:,} bytes read of {size:,}"
    )
    return [
        at_most("clip over HTTP, fresh", round(median(seconds), 3), "s", FRESH_SECONDS),
        at_most("clip over HTTP, the slowest fresh", round(seconds[-1], 3), "s", FRESH_SECONDS),
        at_most("clip over HTTP, cached", round(median(cached_ms), 1), "ms", CACHED_MS),
        Measurement("clip over HTTP, cached: p99", round(cached_ms[int(len(cached_ms) * 0.99)], 1), "ms"),
        at_least(
            "clip over HTTP, cached: on 4 connections",
            round(load.requests_per_second),
            "requests/s",
            REQUESTS_PER_SECOND,
        ),
        Measurement("clip over HTTP: read of the file", bytes_read, "bytes"),
        Measurement("clip over HTTP: the file", size, "bytes"),
        *(
            at_most(f"clip over HTTP: memory of the {name}, peak", round(peaks[service]), "MiB", MEBIBYTES)
            for name, service in (("API", "api_lambda"), ("converter", "converter"))
        ),
    ]


class _Listener:
    """Asks for clips of one file."""

    def __init__(self, http: httpx.Client, file_id: str) -> None:
        self._http = http
        self._file_id = file_id

    def clip(self, start_ms: int) -> tuple[float, dict[str, Any]]:
        """How many seconds an answer took, and the answer."""
        began = perf_counter()
        answer = self._http.get(f"/v1/clips/{self._file_id}", params={"start_time_ms": start_ms})
        took = perf_counter() - began
        found: dict[str, Any] = answer.raise_for_status().json()
        return took, found

    def call(self, start_ms: int) -> Call:
        """The same call, to be made over and over."""
        key = {"X-API-Key": self._http.headers["X-API-Key"]}
        return Call("GET", f"/v1/clips/{self._file_id}?start_time_ms={start_ms}", key)

    def bytes_read(self, start_ms: int) -> int:
        """What the clip's job read of the file."""
        job_id = clip_job_id(self._file_id, ClipOptions(start_time_ms=start_ms), 0)
        return int(self._http.get(f"/v1/jobs/{job_id}").raise_for_status().json()["result"]["bytesRead"])


def _uploaded(http: httpx.Client, file: Path) -> str:
    """The id of the file, once it is there."""
    content = file.read_bytes()
    announced = {"filename": file.name, "contentType": "audio/mpeg", "size": len(content)}
    upload = http.post("/v1/upload/presign", json=announced).raise_for_status().json()
    httpx.request(
        upload["method"],
        upload["uploadUrl"],
        headers=upload["headers"],
        content=content,
        timeout=_UPLOAD_SECONDS,
        trust_env=False,
    ).raise_for_status()
    file_id = str(upload["fileId"])

    def is_there() -> bool:
        return http.get(f"/v1/clips/{file_id}", params={"start_time_ms": 0}).status_code == httpx.codes.OK

    wait_until(is_there, timeout_seconds=_UPLOAD_SECONDS)
    return file_id


def _length_ms(file: Path) -> float:
    with av.open(str(file)) as container:
        return float(container.duration or 0) * 1_000 / av.time_base


def _port(platform: Platform) -> int:
    return urlsplit(platform.api_url).port or 80


def _peaks() -> dict[str, float]:
    """The most memory that each service's process held, in MiB."""
    children = psutil.Process().children()
    return {service_of(child.cmdline()): peak_mib(child.pid) for child in children}
