"""Where the key that signs links comes from: the environment, or Secrets Manager."""

from __future__ import annotations

import pytest

from shared.link_keys import LinkKeySettings, link_signing_keys
from shared.settings import ServiceSettings, SettingsError, load_settings
from shared.testing.secrets import InMemorySecrets

OLD, NEW = "old-" * 8, "new-" * 8
ARN = "arn:aws:secretsmanager:eu-west-1:1:secret:links"


class Settings(LinkKeySettings, ServiceSettings):
    """Those of any service that signs or reads."""


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("JOB_TABLE_NAME", "x")
    return monkeypatch


def test_a_key_of_the_environment_is_taken_as_it_is(environment):
    environment.setenv("LINK_SIGNING_KEY", NEW)
    assert link_signing_keys(load_settings(Settings), InMemorySecrets()) == (NEW,)


def test_a_secret_gives_its_current_value_and_after_a_rotation_the_one_before(environment):
    environment.setenv("LINK_SIGNING_KEY_SECRET_ARN", ARN)
    secrets = InMemorySecrets()
    secrets.put(ARN, OLD)
    assert link_signing_keys(load_settings(Settings), secrets) == (OLD,)
    secrets.put(ARN, NEW)
    assert link_signing_keys(load_settings(Settings), secrets) == (NEW, OLD)


def test_a_secret_that_is_not_there_is_a_wrong_setting(environment):
    environment.setenv("LINK_SIGNING_KEY_SECRET_ARN", ARN)
    with pytest.raises(SettingsError, match="LINK_SIGNING_KEY_SECRET_ARN: there is no secret"):
        link_signing_keys(load_settings(Settings), InMemorySecrets())


@pytest.mark.parametrize(
    "given",
    [{}, {"LINK_SIGNING_KEY": NEW, "LINK_SIGNING_KEY_SECRET_ARN": "arn:x"}],
    ids=["neither", "both"],
)
def test_neither_and_both_are_refused_with_both_names(environment, given):
    for name, value in given.items():
        environment.setenv(name, value)
    with pytest.raises(SettingsError, match="LINK_SIGNING_KEY_SECRET_ARN: needed, or LINK_SIGNING_KEY in"):
        load_settings(Settings)
