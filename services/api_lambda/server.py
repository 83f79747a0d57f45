"""The API under uvicorn: where it listens, and how it ends."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from services.api_lambda.management import ManagementDoor
from shared.process import StartupError

LOOPBACK = "127.0.0.1"


def serve_api(
    app: FastAPI, public: socket.socket, management: socket.socket | None, *, max_message_bytes: int
) -> None:
    """Serve until SIGTERM: the API, and if there is a socket for it the management API of its WebSockets."""
    listeners = [public] if management is None else [public, management]
    management_port = 0 if management is None else management.getsockname()[1]
    config = uvicorn.Config(
        ManagementDoor(app, app.state.held_sockets, management_port),
        log_config=None,  # its records pass through our renderer
        access_log=False,  # the app writes its own, without secrets
        server_header=False,
        ws_max_size=max_message_bytes,
    )
    serve(uvicorn.Server(config), app, listeners)


def serve(server: uvicorn.Server, app: FastAPI, listeners: list[socket.socket]) -> None:
    """Run the server until it is told to stop; it waits for open streams, so they are told as well."""
    app.state.is_stopping = lambda: server.should_exit
    server.run(sockets=listeners)


def bound_socket(host: str, port: int) -> socket.socket:
    """A TCP socket for a server to listen with. Raises ``StartupError`` where the address can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP: asyncio switches Nagle's algorithm off only where the protocol is named, and with it on
    # every answer waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StartupError(f"can't listen on {host} port {port}: {error.strerror}") from error
    return listener
