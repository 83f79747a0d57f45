"""Whether the API answers."""

from __future__ import annotations

from fastapi import APIRouter

from services.api_lambda.response_models import HealthAnswer

router = APIRouter(tags=["health"])


@router.get("/v1/health", summary="Whether the API answers")
def health() -> HealthAnswer:
    """Needs no key, and asks nothing behind the API: a balancer may call it as often as it likes."""
    return HealthAnswer()
