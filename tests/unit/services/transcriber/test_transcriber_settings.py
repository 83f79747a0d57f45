import pytest

from services.transcriber.settings import TranscriberSettings, cores
from shared.settings import SettingsError, load_settings

REQUIRED = {
    "JOB_TABLE_NAME": "jobs",
    "AUDIO_BUCKET_NAME": "audio",
    "TRANSCRIPT_BUCKET_NAME": "transcripts",
    "TRANSCRIPTION_QUEUE_URL": "q",
    "TRANSCRIPTION_DEAD_LETTER_QUEUE_URL": "dead",
    "TRANSCRIPTION_PRIORITY_QUEUE_URL": "qp",
    "TRANSCRIPTION_PRIORITY_DEAD_LETTER_QUEUE_URL": "deadp",
    "NOTIFICATION_QUEUE_URL": "n",
}


@pytest.fixture
def environment(monkeypatch):
    for name in ("MODEL", "JOBS_AT_ONCE", "CPU_THREADS", "STREAMS", "RETRY_DELAYS_SECONDS", "WINDOW_SECONDS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_worker_has_one_thread_for_a_job_and_one_job_a_core_unless_told_otherwise(environment):
    settings = load_settings(TranscriberSettings)

    assert (settings.model, settings.jobs_at_once, settings.cpu_threads) == ("fixture", cores(), 1)
    assert settings.retry_delays_seconds == (300, 1500, 7500)


def test_the_model_decodes_as_many_batches_at_once_as_the_cores_found_allow(environment):
    assert load_settings(TranscriberSettings).streams == cores()

    environment.setenv("CPU_THREADS", str(2 * cores()))
    assert load_settings(TranscriberSettings).streams == 1

    environment.setenv("STREAMS", "3")
    assert load_settings(TranscriberSettings).streams == 3


def test_retry_delays_are_a_list_with_commas(environment):
    environment.setenv("RETRY_DELAYS_SECONDS", "1, 2.5,3")

    assert load_settings(TranscriberSettings).retry_delays_seconds == (1, 2.5, 3)


def test_every_fault_is_named_at_once(environment):
    environment.delenv("AUDIO_BUCKET_NAME")
    environment.setenv("JOBS_AT_ONCE", "0")
    environment.setenv("RETRY_DELAYS_SECONDS", "1,soon")

    with pytest.raises(SettingsError) as raised:
        load_settings(TranscriberSettings)

    for name in ("AUDIO_BUCKET_NAME", "JOBS_AT_ONCE", "RETRY_DELAYS_SECONDS"):
        assert name in str(raised.value)
