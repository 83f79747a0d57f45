"""Secrets that are replaced: a receiver checks as the documentation shows, with the old one or the new."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.webhooks import SIGNATURE_HEADER, signing_secret
from shared.testing.clock import START
from tests.support.documented_receiver import documented_check
from tests.support.notifier_stage import MASTER_KEY, Stage, make_notice_handler


@pytest.fixture
def stage():
    return Stage()


def called(stage, **changes):
    """Who may be called, the request's signature and its body."""
    webhook = stage.given_webhook(**changes)
    stage.notify(stage.add().job_id)
    for body in stage.queue.bodies:
        stage.handle(body)
    ((_, sent, headers),) = stage.poster.requests
    return webhook, headers[SIGNATURE_HEADER], sent


def secret_of(webhook, version):
    return signing_secret(MASTER_KEY, webhook.webhook_id, version)


def check_of(stage):
    return documented_check(lambda: stage.clock.now().timestamp())


def test_the_documented_check_takes_what_is_ours_and_nothing_else(stage):
    webhook, header, sent = called(stage)
    is_ours = check_of(stage)
    assert is_ours(secret_of(webhook, 1), header, sent)
    assert not is_ours(secret_of(webhook, 2), header, sent)
    assert not is_ours(secret_of(webhook, 1), header, sent + b" ")
    stage.clock.advance(301)
    assert not is_ours(secret_of(webhook, 1), header, sent)


def test_while_a_secret_is_being_replaced_either_opens(stage):
    until = START + timedelta(hours=24)
    webhook, header, sent = called(stage, secret_version=3, previous_secret_until=until)
    is_ours = check_of(stage)
    assert [is_ours(secret_of(webhook, version), header, sent) for version in (1, 2, 3, 4)] == [
        False,
        True,
        True,
        False,
    ]
    assert header.count("v1=") == 2


def test_the_old_secret_ends_to_the_second(stage):
    until = START + timedelta(hours=24)
    stage.clock.advance(24 * 3600)
    webhook, header, sent = called(stage, secret_version=2, previous_secret_until=until)
    is_ours = check_of(stage)
    assert is_ours(secret_of(webhook, 2), header, sent)
    assert not is_ours(secret_of(webhook, 1), header, sent)


def test_after_the_deployments_own_secret_was_replaced_either_key_opens(stage):
    new_key = "n" * 32
    stage.handler = make_notice_handler(stage, (new_key, MASTER_KEY))
    webhook, header, sent = called(stage)
    is_ours = check_of(stage)
    assert is_ours(signing_secret(new_key, webhook.webhook_id), header, sent)
    assert is_ours(secret_of(webhook, 1), header, sent)
    assert not is_ours(signing_secret("o" * 32, webhook.webhook_id), header, sent)
    assert header.count("v1=") == 2
