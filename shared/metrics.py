"""The metric registry, and its output in CloudWatch's Embedded Metric Format (EMF).

Whatever is measured stands in :class:`Metric`; dashboards and alarms use only these names. A metric
is one JSON line on standard output, which CloudWatch Logs turns into metrics without an agent:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

How many calls or jobs there were is the ``SampleCount`` of any metric that each of them leaves.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping
from enum import Enum
from typing import Protocol, TextIO

from shared.ports.clock import Clock

NAMESPACE = "Escriba"


class Metric(Enum):
    """A metric: ``metric_name``, ``unit`` (a CloudWatch unit) and ``meaning``."""

    JOBS_CREATED = ("JobsCreated", "Count", "Jobs accepted by the API.")
    JOBS_COMPLETED = ("JobsCompleted", "Count", "Jobs that ended COMPLETED.")
    JOBS_FAILED = ("JobsFailed", "Count", "Jobs that ended FAILED.")
    JOBS_EXPIRED = ("JobsExpired", "Count", "Jobs whose upload never came.")
    JOBS_SPLIT = ("JobsSplit", "Count", "Jobs of long audio that were cut into chunks.")
    CHUNKS_COMPLETED = ("ChunksCompleted", "Count", "Chunks of long audio that were done.")
    JOBS_RESUMED = ("JobsResumed", "Count", "Jobs that stood still and were set going again.")
    TRIES_FAILED = ("TriesFailed", "Count", "Tries that will be repeated after a back-off.")
    AUDIO_SECONDS = ("AudioSeconds", "Seconds", "Length of the audio transcribed.")
    JOB_COST = (
        "JobCost",
        "None",
        "Dollars of a job's measured work, at Fargate's list price (shared/prices.py).",
    )
    ATTEMPTS = ("Attempts", "Count", "Claims until a job was completed: 1 where nothing went wrong.")
    REAL_TIME_FACTOR = ("RealTimeFactor", "None", "Seconds of inference for a second of audio.")
    QUEUE_WAIT = ("QueueWait", "Milliseconds", "From QUEUED to the claim by a worker.")
    DECODE_TIME = ("DecodeTime", "Milliseconds", "Download and decode, per job.")
    INFERENCE_TIME = (
        "InferenceTime",
        "Milliseconds",
        "Voice activity detection and model, per job.",
    )
    STORE_TIME = ("StoreTime", "Milliseconds", "Writing the outputs, per job.")
    JOB_TIME = ("JobTime", "Milliseconds", "From the claim to COMPLETED.")
    CONFIDENCE = ("Confidence", "None", "Mean confidence of a transcript, 0-1.")
    LANGUAGE_CONFIDENCE = ("LanguageConfidence", "None", "Probability of the language that was found, 0-1.")
    SPEECH_SHARE = ("SpeechShare", "None", "Part of a file's sound in which somebody speaks, 0-1.")
    TRANSCRIPTS_POOR = ("TranscriptsPoor", "Count", "1 for a transcript graded poor, 0 for any other.")
    SEGMENTS_FLAGGED = ("SegmentsFlagged", "Count", "Segments that stay doubtful, per transcript.")
    SEGMENTS_REDECODED = (
        "SegmentsRedecoded",
        "Count",
        "Segments decoded again after a guard spoke.",
    )
    API_READ_TIME = ("ApiReadTime", "Milliseconds", "Answering a call that only reads (GET, HEAD).")
    API_WRITE_TIME = ("ApiWriteTime", "Milliseconds", "Answering a call that changes something.")
    API_REFUSALS = ("ApiRefusals", "Count", "1 for a call answered 4xx, 0 for any other.")
    API_ERRORS = ("ApiErrors", "Count", "1 for a call answered 5xx, 0 for any other.")
    UPLOADS_REJECTED = ("UploadsRejected", "Count", "Uploads that the router refused.")
    EVENTS_DROPPED = ("EventsDropped", "Count", "Upload events that nobody could read.")
    MODEL_LOAD_TIME = ("ModelLoadTime", "Milliseconds", "Loading the model at start.")
    NOTICES_SENT = ("NoticesSent", "Count", "Notices that went out.")
    WEBHOOKS_DELIVERED = ("WebhooksDelivered", "Count", "Webhook requests that their receiver took.")
    WEBHOOKS_GIVEN_UP = (
        "WebhooksGivenUp",
        "Count",
        "Events that a webhook refused, or did not take in any of its tries.",
    )
    NOTICES_REPEATED = ("NoticesRepeated", "Count", "Notices that were missing and were asked for again.")
    MESSAGES_DEAD_LETTERED = (
        "MessagesDeadLettered",
        "Count",
        "Messages moved to a dead-letter queue.",
    )

    def __init__(self, metric_name: str, unit: str, meaning: str) -> None:
        self.metric_name = metric_name
        self.unit = unit
        self.meaning = meaning


class Metrics(Protocol):
    """Takes measurements."""

    def record(self, values: Mapping[Metric, float], **facts: str) -> None:
        """Record one or more values that belong together.

        ``facts`` say what they are of, such as the language: to be searched for in the log, and no
        dimension, because each value of a dimension is billed as a metric of its own.
        """
        ...


class _NoMetrics:
    def record(self, values: Mapping[Metric, float], **facts: str) -> None:
        pass


NO_METRICS: Metrics = _NoMetrics()
"""For whoever measures nothing."""


class EmfMetrics:
    """Writes each record as one EMF line with the dimension ``service``."""

    def __init__(self, service: str, clock: Clock, stream: TextIO | None = None) -> None:
        self._service = service
        self._clock = clock
        self._stream = stream or sys.stdout
        self._writing = threading.Lock()

    def record(self, values: Mapping[Metric, float], **facts: str) -> None:
        """Write the line whole (threads share the stream) and at once (a killed process loses none)."""
        definitions = [{"Name": m.metric_name, "Unit": m.unit} for m in values]
        line = {
            "_aws": {
                "Timestamp": int(self._clock.now().timestamp() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": NAMESPACE,
                        "Dimensions": [["service"]],
                        "Metrics": definitions,
                    }
                ],
            },
            **facts,
            "service": self._service,
            **{metric.metric_name: value for metric, value in values.items()},
        }
        with self._writing:
            self._stream.write(json.dumps(line) + "\n")
            self._stream.flush()
