"""What the notifier asks of its environment."""

from __future__ import annotations

import pytest

from services.notifier.settings import NotifierSettings
from shared.settings import SettingsError, load_settings

ENVIRONMENT = {
    "JOB_TABLE_NAME": "jobs",
    "NOTIFICATION_QUEUE_URL": "http://127.0.0.1:4566/000000000000/notification",
    "NOTIFICATION_DEAD_LETTER_QUEUE_URL": "http://127.0.0.1:4566/000000000000/notification-dead",
    "CONVERSION_QUEUE_URL": "http://127.0.0.1:4566/000000000000/conversion",
    "CONVERSION_PRIORITY_QUEUE_URL": "http://127.0.0.1:4566/000000000000/conversion-priority",
    "LINK_SIGNING_KEY": "a-secret-of-more-than-thirty-two-bytes",
    "PUBLIC_API_URL": "https://api.example.com",
    "TRANSCRIPT_BUCKET_NAME": "transcripts",
    "MAIL_FROM": "escriba@example.com",
}


@pytest.fixture
def environment(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_the_variables_of_the_environment_are_enough(environment):
    assert load_settings(NotifierSettings).notices_at_once == 4


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_each_variable_is_needed(environment, name):
    environment.delenv(name)
    with pytest.raises(SettingsError, match=name):
        load_settings(NotifierSettings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_API_URL", "api.example.com"),
        ("PUBLIC_API_URL", "javascript:alert(1)"),
        ("MAIL_FROM", "escriba"),
        ("MAIL_FROM", "escriba@example.com\r\nBcc: all@example.com"),
        ("LINK_SIGNING_KEY", "short"),
        ("NOTICES_AT_ONCE", "0"),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_name(environment, name, value):
    environment.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load_settings(NotifierSettings)


def test_a_secret_of_secrets_manager_does_in_the_keys_place(environment):
    environment.delenv("LINK_SIGNING_KEY")
    environment.setenv("LINK_SIGNING_KEY_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:1:secret:links")
    assert load_settings(NotifierSettings).link_signing_key is None


def test_the_signing_key_is_not_shown(environment):
    assert ENVIRONMENT["LINK_SIGNING_KEY"] not in repr(load_settings(NotifierSettings))
