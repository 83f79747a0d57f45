import json

import pytest

from services.api_lambda.upload_events import UnreadableEvent, uploaded_keys


def notification(*keys: str, event_name: str = "ObjectCreated:Put") -> str:
    """As S3 writes it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html."""
    return json.dumps(
        {
            "Records": [
                {
                    "eventVersion": "2.1",
                    "eventSource": "aws:s3",
                    "awsRegion": "eu-west-1",
                    "eventTime": "2026-11-20T12:00:00.000Z",
                    "eventName": event_name,
                    "s3": {
                        "s3SchemaVersion": "1.0",
                        "bucket": {"name": "audio", "arn": "arn:aws:s3:::audio"},
                        "object": {"key": key, "size": 1000, "eTag": "e", "sequencer": "0A"},
                    },
                }
                for key in keys
            ]
        }
    )


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("u/f/audio.mp3", "u/f/audio.mp3"),
        ("u/my+song.mp3", "u/my song.mp3"),
        ("u/a%2Bb.mp3", "u/a+b.mp3"),
        ("u/100%25+sure", "u/100% sure"),
        ("u/%C3%B1and%C3%BA%F0%9F%8E%89", "u/ñandú🎉"),
        ("u/%2525", "u/%25"),
    ],
)
def test_keys_are_decoded_once(encoded, key):
    assert uploaded_keys(notification(encoded)) == [key]


@pytest.mark.parametrize(
    "event_name",
    [
        "ObjectCreated:Put",
        "ObjectCreated:Post",
        "ObjectCreated:CompleteMultipartUpload",
        "s3:ObjectCreated:Copy",
    ],
)
def test_every_way_of_creating_an_object_counts(event_name):
    assert uploaded_keys(notification("k", event_name=event_name)) == ["k"]


@pytest.mark.parametrize(
    "event_name", ["ObjectRemoved:Delete", "ObjectTagging:Put", "LifecycleExpiration:Delete"]
)
def test_events_of_other_kinds_are_ignored(event_name):
    assert uploaded_keys(notification("k", event_name=event_name)) == []


def test_the_event_that_s3_sends_to_try_a_notification_is_ignored():
    body = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "t", "Bucket": "b", "RequestId": "r"}

    assert uploaded_keys(json.dumps(body)) == []


def test_an_object_named_twice_is_looked_at_once():
    assert uploaded_keys(notification("b", "a", "b")) == ["b", "a"]


@pytest.mark.parametrize(
    "body",
    ["", "junk", "null", "[]", "7", "{}", '{"Records": 1}', '{"Records": [{}]}', '{"Event": "s3:Other"}'],
)
def test_what_is_no_notification_is_told_apart(body):
    with pytest.raises(UnreadableEvent):
        uploaded_keys(body)
