"""Whatever a caller sends, the API answers in its own words."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["a.mp3", "audio/mpeg", "auto", "en", "translate", "01KAGZ4Q8B5W2J0T3X9V6M7N1C"]),
)
FIELDS = st.sampled_from(
    [
        "fileId",
        "upload",
        "filename",
        "contentType",
        "size",
        "language",
        "task",
        "wordTimestamps",
        "prompt",
        "hotwords",
        "format",
        "loudness",
        "segments",
        "start",
        "end",
        "name",
        "options",
        "metrics",
        "tags",
        "cover",
        "chapters",
    ]
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(FIELDS | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)
PATHS = st.sampled_from(
    [
        "/v1/transcriptions",
        "/v1/upload/presign",
        "/v1/audio/convert",
        "/v1/audio/split",
        "/v1/audio/analyze",
        "/v1/audio/metadata",
        "/v1/audio/spectrogram",
    ]
)


def test_any_json_is_taken_or_refused_and_never_a_fault_of_ours(client):
    @settings(database=None)
    @given(path=PATHS, document=DOCUMENTS)
    def check(path: str, document: object) -> None:
        answer = client.post(path, content=json.dumps(document), headers={"Content-Type": "application/json"})
        assert answer.status_code in {200, 202, 400, 404, 413, 415, 422}
        if answer.status_code >= 400:
            assert answer.json()["code"]

    check()


def test_any_bytes_are_taken_or_refused_and_never_a_fault_of_ours(client):
    @settings(database=None)
    @given(path=PATHS, body=st.binary(max_size=200))
    def check(path: str, body: bytes) -> None:
        answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 422}

    check()
