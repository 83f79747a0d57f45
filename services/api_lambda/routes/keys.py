"""A user's API keys: make, list, revoke."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response, status

from services.api_lambda.api_document import BODY, FOR_READER, FOR_WRITER, problem_responses
from services.api_lambda.caller import Reader, Writer
from services.api_lambda.dependencies import Api
from services.api_lambda.idempotency import IdempotentRoute
from services.api_lambda.key_models import KeyRequest, KeysAnswer, KeyView, NewKeyAnswer
from shared.domain.api_keys import SHOWN_CHARACTERS, ApiKey, hash_api_key, new_api_secret
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.ports.api_key_store import MAX_KEYS_A_USER

router = APIRouter(tags=["keys"], route_class=IdempotentRoute)


@router.post(
    "/v1/keys",
    summary="Make an API key",
    status_code=status.HTTP_201_CREATED,
    responses=problem_responses(*FOR_WRITER, *BODY, Fault.TOO_MANY_KEYS),
)
def create_key(api: Api, caller: Writer, request: KeyRequest, call: Request) -> NewKeyAnswer:
    """Shows the key, this once: only its hash is stored.

    A key that was made with a key ends with that one at the latest. An answer that is repeated for its
    Idempotency-Key has null for `key`.
    """
    if len(api.keys.list(caller.user_id)) >= MAX_KEYS_A_USER:
        raise PermanentError(Fault.TOO_MANY_KEYS, most=MAX_KEYS_A_USER)
    now = api.clock.now()
    secret = new_api_secret()
    wanted = None if request.expires_in_days is None else now + timedelta(days=request.expires_in_days)
    key = ApiKey(
        key_id=new_id(),
        key_hash=hash_api_key(secret),
        user_id=caller.user_id,
        name=request.name,
        prefix=secret[:SHOWN_CHARACTERS],
        scope=request.scope,
        created_at=now,
        expires_at=min(filter(None, (wanted, caller.key_expires_at)), default=None),
    )
    api.keys.add(key)
    fields = KeyView.of(key).model_dump()
    call.state.body_to_keep = NewKeyAnswer(key=None, **fields).model_dump_json(by_alias=True).encode()
    return NewKeyAnswer(key=secret, **fields)


@router.get("/v1/keys", summary="List API keys", responses=problem_responses(*FOR_READER))
def list_keys(api: Api, caller: Reader) -> KeysAnswer:
    """The caller's keys, oldest first; revoked ones are gone."""
    return KeysAnswer(keys=tuple(KeyView.of(key) for key in api.keys.list(caller.user_id)))


@router.delete(
    "/v1/keys/{keyId}",
    summary="Revoke an API key",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(*FOR_WRITER, Fault.NOT_FOUND),
)
def revoke_key(
    api: Api, caller: Writer, key_id: Annotated[str, Path(alias="keyId", description="The key's id.")]
) -> Response:
    """From now on it opens nothing; a process that used it within the last minute may take that long."""
    revoked = api.keys.revoke(caller.user_id, key_id)
    if revoked is None:
        raise PermanentError(Fault.NOT_FOUND)
    api.authenticator.forget(revoked.key_hash)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
