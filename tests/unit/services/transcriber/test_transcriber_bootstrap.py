import pytest

from services.transcriber.bootstrap import load_engine
from services.transcriber.settings import TranscriberSettings
from shared.metrics import Metric
from shared.process import StartupError
from shared.testing.clock import FakeClock
from shared.testing.metrics import RecordingMetrics


def make_settings(**changes: object) -> TranscriberSettings:
    required = {
        "job_table_name": "jobs",
        "audio_bucket_name": "audio",
        "transcript_bucket_name": "transcripts",
        "transcription_queue_url": "q",
        "transcription_dead_letter_queue_url": "dead",
        "transcription_priority_queue_url": "qp",
        "transcription_priority_dead_letter_queue_url": "deadp",
        "notification_queue_url": "n",
    }
    return TranscriberSettings.model_validate({**required, **changes})


def test_the_model_is_loaded_and_its_time_measured():
    metrics = RecordingMetrics()

    engine = load_engine(make_settings(model="fixture", jobs_at_once=1), FakeClock(), metrics)

    assert engine.name == "fixture"
    assert metrics.values_of(Metric.MODEL_LOAD_TIME) == [0]


def test_the_fake_engine_is_had_by_name_only():
    metrics = RecordingMetrics()

    assert load_engine(make_settings(model="fake"), FakeClock(), metrics).name == "fake"
    assert metrics.records == []


def test_a_model_that_cant_be_had_stops_the_start():
    with pytest.raises(StartupError, match="MODEL=/no/model"):
        load_engine(make_settings(model="/no/model"), FakeClock(), RecordingMetrics())
