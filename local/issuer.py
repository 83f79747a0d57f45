"""A token issuer for a local platform, in place of the one that users sign in with.

Its key is made at start and never leaves the process; its public half is a JWK Set, as Cognito and Clerk
publish theirs. ``GET /token?sub=…`` signs in whoever asks, which is why it listens on this machine alone.
"""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from pydantic import Field
from pydantic_settings import BaseSettings

from local.loopback import LOOPBACK
from shared.domain.ids import new_id
from shared.log import configure_logging, get_logger
from shared.process import run_process
from shared.settings import load_settings

ALGORITHM = "RS256"
AUDIENCE = "escriba-local"
TOKEN_SECONDS = 3600
KEY_BITS = 2048

_log = get_logger(__name__)


class IssuerSettings(BaseSettings):
    """What the issuer is told."""

    issuer_port: int = Field(ge=1, le=65_535, description="The port that it listens on.")


class Issuer:
    """Signs tokens with a key of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._key_id = new_id()
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)

    def key_set(self) -> dict[str, Any]:
        """The public half, RFC 7517."""
        public: dict[str, Any] = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self._key_id, "alg": ALGORITHM, "use": "sig"}]}

    def token(self, user_id: str, *, now: datetime) -> str:
        """A token that speaks for a user for an hour."""
        issued_at = int(now.timestamp())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": user_id,
            "iat": issued_at,
            "exp": issued_at + TOKEN_SECONDS,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self._key_id})


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer

    def do_GET(self) -> None:
        """The key set, or a token."""
        address = urlsplit(self.path)
        users = parse_qs(address.query).get("sub", [])
        if address.path == "/.well-known/jwks.json":
            self._answer("application/json", json.dumps(self.issuer.key_set()))
        elif address.path == "/token" and users:
            self._answer("text/plain", self.issuer.token(users[0], now=datetime.now(UTC)))
        else:
            self.send_error(404)

    def _answer(self, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the base class's names
        """Nothing: the query of a call may name somebody."""


def serve(port: int) -> ThreadingHTTPServer:
    """The issuer on this machine's port (0: any that is free), not running yet."""
    server = ThreadingHTTPServer((LOOPBACK, port), _Handler)
    url = f"http://{LOOPBACK}:{server.server_address[1]}"
    server.RequestHandlerClass = type("Handler", (_Handler,), {"issuer": Issuer(url)})
    return server


def main() -> None:
    """Issue tokens until SIGTERM."""
    settings = load_settings(IssuerSettings)
    configure_logging("issuer", "INFO")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with serve(settings.issuer_port) as server:
        _log.info("ready")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            _log.info("stopped")


if __name__ == "__main__":
    run_process(main)
