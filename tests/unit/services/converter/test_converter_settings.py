import pytest

from services.converter.settings import ConverterSettings
from shared.settings import SettingsError, load_settings

NEEDED = {
    "JOB_TABLE_NAME": "jobs",
    "AUDIO_BUCKET_NAME": "audio",
    "TRANSCRIPT_BUCKET_NAME": "transcripts",
    "TRANSCRIPTION_QUEUE_URL": "https://queue/transcription",
    "TRANSCRIPTION_PRIORITY_QUEUE_URL": "https://queue/transcription-priority",
    "CONVERSION_QUEUE_URL": "https://queue/conversion",
    "CONVERSION_DEAD_LETTER_QUEUE_URL": "https://queue/conversion-dead-letters",
    "CONVERSION_PRIORITY_QUEUE_URL": "https://queue/conversion-priority",
    "CONVERSION_PRIORITY_DEAD_LETTER_QUEUE_URL": "https://queue/conversion-priority-dead-letters",
    "NOTIFICATION_QUEUE_URL": "https://queue/notification",
}


def load(monkeypatch, **changes):
    for name, value in {**NEEDED, **changes}.items():
        monkeypatch.setenv(name, value)
    return load_settings(ConverterSettings)


def test_what_has_a_default_may_be_left_out(monkeypatch):
    assert load(monkeypatch).conversions_at_once == 2


def test_delays_are_read_from_a_list(monkeypatch):
    assert load(monkeypatch, RETRY_DELAYS_SECONDS="1,2.5").retry_delays_seconds == (1, 2.5)


def test_every_fault_is_named_at_once(monkeypatch):
    with pytest.raises(SettingsError, match="CONVERSIONS_AT_ONCE") as raised:
        load(monkeypatch, CONVERSIONS_AT_ONCE="0", MAX_AUDIO_MINUTES="0")

    assert "MAX_AUDIO_MINUTES" in str(raised.value)
