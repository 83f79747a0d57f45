"""Task scale-in protection through the ECS agent that runs beside the container.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
"""

from __future__ import annotations

import json
import math
import os
import urllib.error
import urllib.request
from collections.abc import Mapping

from shared.domain.errors import TransientError
from shared.ports.scale_in_protection import NoProtection, ScaleInProtection

AGENT_VARIABLE = "ECS_AGENT_URI"
"""Set by ECS in every task (Fargate platform 1.4.0 and later)."""

_TIMEOUT_SECONDS = 5.0
_MOST_MINUTES = 2880


class EcsTaskProtection:
    """A ``ScaleInProtection``. Spot reclaims are not held back by it.

    IAM: ecs:GetTaskProtection, ecs:UpdateTaskProtection
    """

    def __init__(self, agent_uri: str) -> None:
        self._url = f"{agent_uri.rstrip('/')}/task-protection/v1/state"

    def protect(self, *, seconds: int) -> None:
        """Ask for whole minutes, rounded up; ECS takes 48 hours at most."""
        minutes = min(_MOST_MINUTES, max(1, math.ceil(seconds / 60)))
        self._put({"ProtectionEnabled": True, "ExpiresInMinutes": minutes})

    def release(self) -> None:
        """End the protection."""
        self._put({"ProtectionEnabled": False})

    def _put(self, state: Mapping[str, object]) -> None:
        request = urllib.request.Request(  # noqa: S310 (its address comes from ECS)
            self._url,
            data=json.dumps(state).encode(),
            headers={"Content-Type": "application/json"},
            method="PUT",
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310
                return
        except OSError as error:  # HTTPError and URLError among them
            raise TransientError(f"the ECS agent did not take the task's protection: {error}") from error


def protection_of_task(environment: Mapping[str, str] = os.environ) -> ScaleInProtection:
    """The protection of the ECS task this process runs in; elsewhere one that does nothing."""
    agent_uri = environment.get(AGENT_VARIABLE)
    return EcsTaskProtection(agent_uri) if agent_uri else NoProtection()
