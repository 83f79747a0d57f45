"""How a process of ours starts and ends: one sentence and a status, never a traceback for a setting."""

from __future__ import annotations

import sys
from collections.abc import Callable

from shared.settings import SettingsError

EXIT_WRONG_SETTINGS = 2


class StartupError(Exception):
    """The process can't do its work here; the text is one sentence for whoever started it."""


def run_process(main: Callable[[], None]) -> None:
    """Run ``main``; a wrong setting or a missing need ends the process with status 2 and a sentence."""
    try:
        main()
    except (SettingsError, StartupError) as error:
        print(f"error: {error}", file=sys.stderr, flush=True)  # noqa: T201
        sys.exit(EXIT_WRONG_SETTINGS)
    except KeyboardInterrupt:
        sys.exit(130)
