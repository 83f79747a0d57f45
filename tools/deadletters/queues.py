"""Which queues there are: every pair of URLs in the environment, named as the services are told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.settings import SettingsError

ALL = "all"

_URL = "_QUEUE_URL"
_DEAD_LETTER_URL = "_DEAD_LETTER_QUEUE_URL"


@dataclass(frozen=True)
class QueuePair:
    """A queue and where its dead letters lie. ``name`` is that of its variables, in lower case."""

    name: str
    url: str
    dead_letter_url: str


def queues_in(environment: Mapping[str, str]) -> list[QueuePair]:
    """Every queue of which both URLs are set, by name. A queue that is added later is found by itself."""
    names = [
        variable.removesuffix(_DEAD_LETTER_URL)
        for variable, value in environment.items()
        if variable.endswith(_DEAD_LETTER_URL) and value
    ]
    return [
        QueuePair(name.lower(), environment[name + _URL], environment[name + _DEAD_LETTER_URL])
        for name in sorted(names)
        if environment.get(name + _URL)
    ]


def chosen(queues: list[QueuePair], wanted: str) -> list[QueuePair]:
    """The queue of that name, or all. Raises ``SettingsError`` where there is none."""
    if not queues:
        raise SettingsError(
            "no queues are named in the environment: start `make up`, or set JOB_TABLE_NAME, "
            f"TRANSCRIPTION{_URL}, TRANSCRIPTION{_DEAD_LETTER_URL} and those of the other queues"
        )
    found = [queue for queue in queues if wanted in (ALL, queue.name)]
    if not found:
        names = ", ".join(queue.name for queue in queues)
        raise SettingsError(f"there is no queue {wanted!r}: choose one of {names}, or {ALL}")
    return found
