"""``.local/env``: what a running platform tells the shells and programs beside it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from local.platform import EXPORTS, Platform
from shared.process import StartupError

API_URL = "ESCRIBA_API_URL"
API_KEY = "ESCRIBA_API_KEY"
INBOX_URL = "ESCRIBA_INBOX_URL"
ISSUER_URL = "ESCRIBA_ISSUER_URL"
USER_ID = "ESCRIBA_USER_ID"


def exports_of(platform: Platform) -> dict[str, str]:
    """Escriba's own addresses, and AWS as the services see it."""
    return {
        API_URL: platform.api_url,
        API_KEY: platform.api_key,
        INBOX_URL: platform.inbox_url,
        ISSUER_URL: platform.issuer_url,
        USER_ID: platform.user_id,
        "ESCRIBA_EMULATOR_URL": platform.emulator_url,
        "ESCRIBA_LOGS": str(platform.logs.resolve()),
        **platform.environment,
    }


def write_exports(path: Path, exports: Mapping[str, str]) -> None:
    """Write them for their owner's eyes only; the file appears whole."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        for name, value in exports.items():
            file.write(f"export {name}={shlex.quote(value)}\n")
    draft.replace(path)


def read_exports(state: Path) -> dict[str, str]:
    """What the platform that runs from ``state`` told. Raises ``StartupError`` if none does."""
    try:
        lines = (state / EXPORTS).read_text(encoding="utf-8").splitlines()
    except OSError:
        raise StartupError(
            f"no platform runs from {state}: start one with `make up` in another terminal"
        ) from None
    assignments = (shlex.split(line)[1] for line in lines)
    return {name: value for name, _, value in (text.partition("=") for text in assignments)}
