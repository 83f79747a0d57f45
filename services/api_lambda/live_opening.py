"""How a WebSocket is asked for: who signs in, and what a caller is answered who gets none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.api_lambda.authentication import Credentials, credentials_in
from services.api_lambda.live_protocol import PROTOCOL, LiveProtocol
from services.api_lambda.problems import encode, headers_of, problem_of
from shared.domain.errors import PermanentError, TransientError
from shared.domain.faults import Fault
from shared.log import get_logger

BEARER = "bearer."
"""How a browser signs in, which can set no header: by a second protocol, the key or token behind this."""

_log = get_logger(__name__)


@dataclass(frozen=True)
class Refusal:
    """An answer in place of a connection: that which any other route gives."""

    status: int
    headers: dict[str, str]
    body: bytes


def open_connection(
    protocol: LiveProtocol, connection_id: str, headers: Mapping[str, str], offered: Sequence[str]
) -> Refusal | None:
    """Put a connection on record; ``offered`` are the protocols that the client names. None: it may open."""
    try:
        protocol.connect(connection_id, _credentials_of(headers, offered))
    except PermanentError as error:
        return refusal_of(error.fault, str(error))
    except TransientError as error:
        _log.warning("unavailable", error=str(error))
        return refusal_of(Fault.UNAVAILABLE, Fault.UNAVAILABLE.describe())
    return None


def accepted_of(offered: Sequence[str]) -> str | None:
    """The protocol that is spoken, if the client named it."""
    return PROTOCOL if PROTOCOL in offered else None


def refusal_of(fault: Fault, sentence: str) -> Refusal:
    """The problem document of a fault."""
    problem = problem_of(fault, sentence)
    return Refusal(problem.status, headers_of(fault), encode(problem))


def _credentials_of(headers: Mapping[str, str], offered: Sequence[str]) -> Credentials:
    by_header = credentials_in(headers)
    if by_header.api_key or by_header.bearer:
        return by_header
    bearer = next((name.removeprefix(BEARER) for name in offered if name.startswith(BEARER)), None)
    return Credentials(bearer=bearer)
