"""A user's webhooks: make, change, delete, see what was delivered, have it delivered again."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response, status

from services.api_lambda.api_document import BODY, FOR_READER, FOR_WRITER, problem_responses
from services.api_lambda.caller import Reader, Writer
from services.api_lambda.dependencies import Api
from services.api_lambda.idempotency import IdempotentRoute, NewIds
from services.api_lambda.webhook_models import (
    DeliveriesAnswer,
    DeliveriesQuery,
    DeliveryView,
    NewWebhookAnswer,
    SecretQuery,
    WebhookChange,
    WebhookRequest,
    WebhooksAnswer,
    WebhookView,
)
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import is_id
from shared.domain.webhooks import Webhook, WebhookEvent, webhook_of_job
from shared.ports.webhook_store import MAX_WEBHOOKS_A_USER

router = APIRouter(tags=["webhooks"], route_class=IdempotentRoute)

_WebhookId = Annotated[
    str, Path(alias="webhookId", description="The webhook's id; that of the job for a job's own.")
]


def _own_webhook(api: Api, caller: Reader, webhook_id: _WebhookId) -> Webhook:
    webhook = api.webhooks.store.get(caller.user_id, webhook_id) if is_id(webhook_id) else None
    if webhook is None:
        raise PermanentError(Fault.NOT_FOUND)
    return webhook


_OwnWebhook = Annotated[Webhook, Depends(_own_webhook)]


def _own_receiver(api: Api, caller: Reader, webhook_id: _WebhookId) -> Webhook:
    """The webhook with this id, or the one that was given with the job of this id."""
    job = api.jobs.get(webhook_id) if is_id(webhook_id) else None
    of_job = webhook_of_job(job) if job is not None and job.user_id == caller.user_id else None
    return of_job or _own_webhook(api, caller, webhook_id)


_OwnReceiver = Annotated[Webhook, Depends(_own_receiver)]


@router.post(
    "/v1/webhooks",
    summary="Make a webhook",
    status_code=status.HTTP_201_CREATED,
    responses=problem_responses(*FOR_WRITER, *BODY, Fault.TOO_MANY_WEBHOOKS, Fault.WEBHOOK_URL_REFUSED),
)
def create_webhook(
    api: Api, caller: Writer, new_id: NewIds, request: WebhookRequest, call: Request
) -> NewWebhookAnswer:
    """Shows the secret, this once. From now on each job's ending is a POST to the URL.

    The header Escriba-Signature is `t=…,v1=…`: v1 is the HMAC-SHA256, in hex, of t, a dot and the body as
    received, keyed with the secret; while a secret is being replaced there are several. Compare it in
    constant time, and refuse a t (seconds since 1970) more than five minutes off. Answer 2xx within 10 s;
    5xx and silence are tried again, 3xx and 4xx end it. An event may come twice, with the same
    Escriba-Delivery. A repeated answer has null for `secret`.

    The body is JSON: `id` (as Escriba-Delivery), `type` (the event), `createdAt` and `data`. Of a job `data`
    has `jobId`, `type`, `status`, `fileId` and `filename`; `durationSeconds` where it completed, with
    `language` of a transcription, or `passed` and `failedLimits` (of each its `name` and a `message`) of a
    workflow; and `error` (`code`, `message`) where it failed. Of a batch it has `batchId`, `jobs` (how many
    ended in each status), `deleted` and `refused`.
    """
    api.webhooks.check_url(request.url)
    if len(api.webhooks.store.list(caller.user_id)) >= MAX_WEBHOOKS_A_USER:
        raise PermanentError(Fault.TOO_MANY_WEBHOOKS, most=MAX_WEBHOOKS_A_USER)
    webhook = Webhook(
        webhook_id=new_id(),
        user_id=caller.user_id,
        url=request.url,
        events=_in_order(request.events),
        description=request.description or "",
        created_at=api.clock.now(),
    )
    api.webhooks.store.add(webhook)
    return _with_secret(api, webhook, call)


@router.get("/v1/webhooks", summary="List webhooks", responses=problem_responses(*FOR_READER))
def list_webhooks(api: Api, caller: Reader) -> WebhooksAnswer:
    """The caller's webhooks, oldest first."""
    return WebhooksAnswer(
        webhooks=tuple(WebhookView.of(webhook) for webhook in api.webhooks.store.list(caller.user_id))
    )


@router.get(
    "/v1/webhooks/{webhookId}",
    summary="Look at a webhook",
    responses=problem_responses(*FOR_READER, Fault.NOT_FOUND),
)
def get_webhook(webhook: _OwnWebhook) -> WebhookView:
    """The webhook, without its secret."""
    return WebhookView.of(webhook)


@router.patch(
    "/v1/webhooks/{webhookId}",
    summary="Change a webhook",
    responses=problem_responses(
        *FOR_WRITER,
        Fault.MALFORMED_JSON,
        Fault.INVALID_REQUEST,
        Fault.BODY_TOO_LARGE,
        Fault.NOT_FOUND,
        Fault.WEBHOOK_URL_REFUSED,
    ),
)
def change_webhook(api: Api, caller: Writer, webhook: _OwnWebhook, request: WebhookChange) -> WebhookView:  # noqa: ARG001
    """What is left out, or null, stays as it is."""
    api.webhooks.check_url(request.url)
    changes = request.model_dump(exclude_none=True)
    if request.events is not None:
        changes["events"] = _in_order(request.events)
    return WebhookView.of(_replaced(api, webhook.model_copy(update=changes)))


@router.post(
    "/v1/webhooks/{webhookId}/secret",
    summary="Replace a webhook's secret",
    responses=problem_responses(
        *FOR_WRITER,
        Fault.INVALID_REQUEST,
        Fault.IDEMPOTENCY_KEY_INVALID,
        Fault.IDEMPOTENCY_KEY_REUSED,
        Fault.REQUEST_IN_PROGRESS,
        Fault.BODY_TOO_LARGE,
        Fault.NOT_FOUND,
    ),
)
def replace_secret(
    api: Api,
    caller: Writer,  # noqa: ARG001
    webhook: _OwnWebhook,
    call: Request,
    query: Annotated[SecretQuery, Query()],
) -> NewWebhookAnswer:
    """Shows the new secret, this once.

    Until the old one ends requests carry two signatures, `v1=…,v1=…`, the new secret's first: a receiver
    takes a request of which one is its own. One that got out ends at once with `overlapHours=0`. A secret
    before the old one ends at once.
    """
    ends = api.clock.now() + timedelta(hours=query.overlap_hours)
    renewed = webhook.model_copy(
        update={"secret_version": webhook.secret_version + 1, "previous_secret_until": ends}
    )
    return _with_secret(api, _replaced(api, renewed), call)


@router.delete(
    "/v1/webhooks/{webhookId}",
    summary="Delete a webhook",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(*FOR_WRITER, Fault.NOT_FOUND),
)
def delete_webhook(api: Api, caller: Writer, webhook: _OwnWebhook) -> Response:
    """Nothing is sent to it any more; a request under way still arrives."""
    api.webhooks.store.delete(caller.user_id, webhook.webhook_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get(
    "/v1/webhooks/{webhookId}/deliveries",
    summary="List what was delivered",
    responses=problem_responses(*FOR_READER, Fault.INVALID_REQUEST, Fault.NOT_FOUND),
)
def list_deliveries(
    api: Api, webhook: _OwnReceiver, query: Annotated[DeliveriesQuery, Query()]
) -> DeliveriesAnswer:
    """The latest deliveries, those of the newest jobs first; also of the webhook of a job of its own."""
    found = api.webhooks.store.deliveries(webhook.webhook_id, limit=query.limit)
    return DeliveriesAnswer(deliveries=tuple(DeliveryView.of(delivery) for delivery in found))


@router.post(
    "/v1/webhooks/{webhookId}/deliveries/{deliveryId}/replay",
    summary="Deliver once more",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problem_responses(
        *FOR_WRITER,
        Fault.IDEMPOTENCY_KEY_INVALID,
        Fault.IDEMPOTENCY_KEY_REUSED,
        Fault.REQUEST_IN_PROGRESS,
        Fault.BODY_TOO_LARGE,
        Fault.NOT_FOUND,
    ),
)
def replay_delivery(
    api: Api,
    caller: Writer,
    webhook: _OwnReceiver,
    delivery_id: Annotated[str, Path(alias="deliveryId", description="The delivery's id.")],
) -> DeliveryView:
    """Sends the event again, with the same id, whatever became of it; answers the delivery as it stands.

    Nothing is sent where the webhook is switched off, or where the job was deleted or replayed since.
    """
    known = api.webhooks.store.delivery(webhook.webhook_id, delivery_id) if is_id(delivery_id) else None
    if known is None:
        raise PermanentError(Fault.NOT_FOUND)
    api.webhooks.replay(caller.user_id, known)
    return DeliveryView.of(known)


def _in_order(events: list[WebhookEvent]) -> tuple[WebhookEvent, ...]:
    return tuple(event for event in WebhookEvent if event in events)


def _replaced(api: Api, webhook: Webhook) -> Webhook:
    if not api.webhooks.store.replace(webhook):
        raise PermanentError(Fault.NOT_FOUND)
    return webhook


def _with_secret(api: Api, webhook: Webhook, call: Request) -> NewWebhookAnswer:
    fields = WebhookView.of(webhook).model_dump()
    call.state.body_to_keep = NewWebhookAnswer(secret=None, **fields).model_dump_json(by_alias=True).encode()
    return NewWebhookAnswer(secret=api.webhooks.secret_of(webhook), **fields)
