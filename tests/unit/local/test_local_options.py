import os
from pathlib import Path

import pytest

from local.options import DemoOptions, SubmitOptions, UpOptions
from shared.settings import SettingsError, load_settings


@pytest.fixture(autouse=True)
def _no_options_in_the_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("ESCRIBA_")]:
        monkeypatch.delenv(name)


def test_without_options_the_demo_takes_the_samples_and_up_takes_port_8000():
    assert load_settings(DemoOptions).audio is None
    assert load_settings(DemoOptions).port == 0
    assert load_settings(UpOptions).port == 8000


def test_an_empty_option_is_no_option(monkeypatch):
    monkeypatch.setenv("ESCRIBA_WORKERS", "")

    assert load_settings(UpOptions).workers == 2


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("WORKERS", "abc", "WORKERS: Input should be a valid integer"),
        ("WORKERS", "0", "WORKERS: Input should be greater than or equal to 1"),
        ("PORT", "99999", "PORT: Input should be less than or equal to 65535"),
        ("AUDIO", "missing.mp3", "AUDIO: there is no file 'missing.mp3'"),
        ("LANGUAGE", "klingon", "LANGUAGE: 'klingon' is no language code that Whisper knows"),
    ],
)
def test_a_wrong_option_is_one_sentence(monkeypatch, name, value, sentence):
    monkeypatch.setenv(f"ESCRIBA_{name}", value)

    with pytest.raises(SettingsError, match=sentence) as caught:
        load_settings(DemoOptions)
    assert "\n" not in str(caught.value)


def test_all_wrong_options_are_named_at_once(monkeypatch):
    monkeypatch.setenv("ESCRIBA_WORKERS", "abc")
    monkeypatch.setenv("ESCRIBA_PORT", "-1")

    with pytest.raises(SettingsError, match=r"PORT: .*; WORKERS: "):
        load_settings(UpOptions)


def test_a_directory_is_no_recording(monkeypatch, tmp_path):
    monkeypatch.setenv("ESCRIBA_AUDIO", str(tmp_path))

    with pytest.raises(SettingsError, match="AUDIO: there is no file"):
        load_settings(DemoOptions)


@pytest.mark.parametrize("name", ["a b.mp3", 'it\'s "quoted".wav', "$HOME.ogg", "ünïcode 🎙.m4a"])
def test_a_recording_may_have_any_name(monkeypatch, tmp_path: Path, name):
    recording = tmp_path / name
    recording.touch()
    monkeypatch.setenv("ESCRIBA_AUDIO", str(recording))

    assert load_settings(DemoOptions).audio == recording


def test_a_language_code_may_be_written_in_capitals(monkeypatch):
    monkeypatch.setenv("ESCRIBA_LANGUAGE", "ES")

    assert load_settings(DemoOptions).language == "es"


def test_the_api_and_the_emulator_need_a_port_each(monkeypatch):
    monkeypatch.setenv("ESCRIBA_PORT", "8440")
    monkeypatch.setenv("ESCRIBA_EMULATOR_PORT", "8440")

    with pytest.raises(SettingsError, match="EMULATOR_PORT: 8440 is the PORT of the API; each needs its own"):
        load_settings(UpOptions)


def test_both_ports_may_be_any_free_one():
    assert load_settings(DemoOptions).emulator_port == load_settings(DemoOptions).port == 0


def test_there_is_nothing_to_submit_without_a_recording():
    with pytest.raises(SettingsError, match="AUDIO: Field required"):
        load_settings(SubmitOptions)
