"""API keys as callers send and see them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field

from services.api_lambda.request_models import RequestModel, one_printable_line
from shared.domain.api_keys import ApiKey, Scope
from shared.domain.record import Record, Timestamp

MAX_NAME_CHARACTERS = 100
MAX_EXPIRES_IN_DAYS = 3_650


class KeyRequest(RequestModel):
    """A key to be made."""

    name: Annotated[
        str, Field(min_length=1, max_length=MAX_NAME_CHARACTERS), AfterValidator(one_printable_line)
    ] = Field(description="What the key is for, to tell it from others.", examples=["nightly import"])
    scope: Annotated[Scope, Field(strict=False)] = Field(
        default=Scope.FULL, description="read looks at things; full changes them as well."
    )
    expires_in_days: Annotated[int, Field(ge=1, le=MAX_EXPIRES_IN_DAYS)] | None = Field(
        default=None, description="After how many days the key ends; never, if it is left out."
    )


class KeyView(Record):
    """A key as its owner sees it: never the key itself."""

    id: str
    name: str
    prefix: str = Field(description="What the key begins with.", examples=["escriba_x3Fa"])
    scope: Scope
    created_at: Timestamp
    expires_at: Timestamp | None
    last_used_at: Timestamp | None = Field(description="Exact to a minute.")

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """The owner's view of a key."""
        return cls(
            id=key.key_id,
            name=key.name,
            prefix=key.prefix,
            scope=key.scope,
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
        )


class NewKeyAnswer(KeyView):
    """A key that was made. ``key`` is shown here and never again: a repeated answer has null in its place."""

    key: str | None


class KeysAnswer(Record):
    """All keys of the caller."""

    keys: tuple[KeyView, ...]
