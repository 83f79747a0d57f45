"""Answers the few questions that a plan asks AWS: whose account, which zones, a random password.

Everything else is refused, so that a plan can never depend on more than is seen here.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

ACCOUNT_ID = "123456789012"
ZONES = "abc"

_CALLER = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::{ACCOUNT_ID}:user/planner</Arn><UserId>PLANNER</UserId><Account>{ACCOUNT_ID}</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


def _zones(region: str) -> str:
    items = "".join(
        f"<item><zoneName>{region}{letter}</zoneName><zoneState>available</zoneState>"
        f"<regionName>{region}</regionName><zoneId>z-{letter}</zoneId><zoneType>availability-zone</zoneType>"
        f"<groupName>{region}</groupName><optInStatus>opt-in-not-required</optInStatus></item>"
        for letter in ZONES
    )
    return (
        '<DescribeAvailabilityZonesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        f"<availabilityZoneInfo>{items}</availabilityZoneInfo></DescribeAvailabilityZonesResponse>"
    )


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        action = parse_qs(body).get("Action", [""])[0] or self.headers.get("X-Amz-Target", "")
        match action:
            case "GetCallerIdentity":
                self._answer(200, "text/xml", _CALLER)
            case "DescribeAvailabilityZones":
                self._answer(200, "text/xml", _zones(self._region()))
            case "secretsmanager.GetRandomPassword":
                password = json.dumps({"RandomPassword": "x" * 64})
                self._answer(200, "application/x-amz-json-1.1", password)
            case _:
                self._answer(400, "text/plain", f"a plan has no business with {action or self.path}")

    def _region(self) -> str:
        """The signature names it, in ``Credential=key/date/region/service/…``."""
        return self.headers.get("Authorization", "//us-east-1").split("/")[2]

    def _answer(self, status: int, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


@contextmanager
def stand_in_for_aws() -> Iterator[str]:
    """An endpoint on this machine that answers like AWS, as far as a plan needs it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, name="stand-in", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
