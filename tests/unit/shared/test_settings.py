"""Settings: every fault in one go, and no secret in any text."""

from __future__ import annotations

import pytest
from pydantic import Field, SecretStr, ValidationError

from shared.settings import ServiceSettings, SettingsError, WorkerSettings, load_settings

SECRET = "correct-horse-battery-staple"


class ExampleSettings(WorkerSettings):
    secret_key: SecretStr = Field(min_length=5, description="A secret.")
    bucket_name: str = Field(description="A bucket.")


@pytest.fixture
def environment(monkeypatch):
    for name in ExampleSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in {"JOB_TABLE_NAME": "jobs", "SECRET_KEY": SECRET, "BUCKET_NAME": "audio"}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def refusal() -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(ExampleSettings)
    return str(caught.value)


def test_settings_are_read_from_variables_named_after_their_fields(environment):
    environment.setenv("VISIBILITY_SECONDS", "90")
    settings = load_settings(ExampleSettings)
    assert settings.job_table_name == "jobs"
    assert settings.visibility_seconds == 90


def test_every_fault_is_reported_at_once(environment):
    environment.delenv("JOB_TABLE_NAME")
    environment.delenv("BUCKET_NAME")
    environment.setenv("LOG_LEVEL", "loud")
    environment.setenv("VISIBILITY_SECONDS", "soon")
    text = refusal()
    for name in ("JOB_TABLE_NAME", "BUCKET_NAME", "LOG_LEVEL", "VISIBILITY_SECONDS"):
        assert f"{name}: " in text
    assert "\n" not in text


def test_an_empty_variable_counts_as_missing(environment):
    environment.setenv("BUCKET_NAME", "")
    assert "BUCKET_NAME: Field required" in refusal()


def test_other_peoples_variables_are_no_fault(environment):
    environment.setenv("SOMETHING_ELSE", "1")
    assert load_settings(ExampleSettings)


def test_a_secret_is_masked_wherever_settings_are_printed(environment):
    settings = load_settings(ExampleSettings)
    for text in (repr(settings), str(settings), settings.model_dump_json()):
        assert SECRET not in text
    assert settings.secret_key.get_secret_value() == SECRET


def test_a_refused_secret_is_not_in_the_sentence_nor_in_what_caused_it(environment):
    environment.setenv("SECRET_KEY", "oops")
    with pytest.raises(SettingsError) as caught:
        load_settings(ExampleSettings)
    assert "SECRET_KEY: " in str(caught.value)
    assert "oops" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_settings_cannot_be_changed(environment):
    with pytest.raises(ValidationError, match="frozen"):
        load_settings(ExampleSettings).log_level = "DEBUG"


@pytest.mark.parametrize(("visibility", "heartbeat"), [("30", "10.1"), ("40", None)])
def test_a_heartbeat_must_leave_room_for_two_that_fail(environment, visibility, heartbeat):
    environment.setenv("VISIBILITY_SECONDS", visibility)
    if heartbeat is not None:
        environment.setenv("HEARTBEAT_SECONDS", heartbeat)
    assert "HEARTBEAT_SECONDS: must be at most a third of VISIBILITY_SECONDS" in refusal()


def test_a_heartbeat_of_a_third_will_do(environment):
    environment.setenv("VISIBILITY_SECONDS", "30")
    environment.setenv("HEARTBEAT_SECONDS", "10")
    assert load_settings(ExampleSettings).heartbeat_seconds == 10


@pytest.mark.parametrize("name", [*ServiceSettings.model_fields, *WorkerSettings.model_fields])
def test_every_setting_says_what_it_is(name):
    assert (WorkerSettings.model_fields[name].description or "").endswith(".")
