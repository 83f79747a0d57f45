"""TCP ports on this machine's loopback address."""

from __future__ import annotations

import socket

from shared.process import StartupError

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on now. Somebody may take it before its user does; that is rare."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def require_free(port: int, *, option: str) -> None:
    """Raise ``StartupError`` if somebody listens on ``port``; ``option`` is what would change it."""
    try:
        socket.create_server((LOOPBACK, port)).close()
    except PermissionError:
        raise StartupError(f"port {port} needs special rights; choose another with {option}=…") from None
    except OSError:
        raise StartupError(f"port {port} is in use; choose another with {option}=…") from None
