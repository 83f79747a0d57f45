"""Objects: read back whole and in part, under any key."""

from __future__ import annotations

import hashlib
import tempfile

import pytest

from shared.ports.object_store import ObjectMissing

BODY = bytes(range(256)) * 4
ODD_KEYS = [
    "user-1/01J/audio.mp3",
    "user/ñ ü/audio.mp3",
    "a+b c%20d&e=f?g#h.txt",
    "quote'\"quote/\u65e5\u672c\u8a9e/\U0001f3a7.wav",
    "two//slashes/.hidden",
]


def test_an_object_has_its_size_type_and_etag(objects):
    objects.write("key", BODY, content_type="audio/mpeg")
    stat = objects.stat("key")
    assert (stat.size_bytes, stat.content_type) == (len(BODY), "audio/mpeg")
    assert stat.etag == hashlib.md5(BODY).hexdigest()


@pytest.mark.parametrize("key", ODD_KEYS)
def test_any_key_is_that_key_and_no_other(objects, key):
    objects.write(key, BODY, content_type="text/plain")
    assert objects.read_range(key, 0, len(BODY)) == BODY
    with pytest.raises(ObjectMissing):
        objects.stat(key + "x")


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, 1, BODY[:1]),
        (100, 50, BODY[100:150]),
        (0, len(BODY) + 1, BODY),
        (len(BODY) - 1, 10, BODY[-1:]),
        (len(BODY), 10, b""),
        (len(BODY) + 1000, 10, b""),
    ],
)
def test_a_range_gives_what_there_is_and_nothing_past_the_end(objects, start, length, expected):
    objects.write("key", BODY, content_type="audio/mpeg")
    assert objects.read_range("key", start, length) == expected


def test_an_empty_object_is_an_object(objects):
    objects.write("key", b"", content_type="audio/mpeg")
    assert objects.stat("key").size_bytes == 0
    assert objects.read_range("key", 0, 10) == b""


def test_a_missing_object_says_so(objects):
    with pytest.raises(ObjectMissing):
        objects.stat("nothing")
    with pytest.raises(ObjectMissing):
        objects.read_range("nothing", 0, 10)


def test_writing_again_replaces_and_deleting_twice_is_no_error(objects):
    objects.write("key", b"first", content_type="text/plain")
    objects.write("key", b"second!", content_type="text/csv")
    assert (objects.stat("key").size_bytes, objects.stat("key").content_type) == (7, "text/csv")
    objects.delete("key")
    objects.delete("key")
    with pytest.raises(ObjectMissing):
        objects.stat("key")


@pytest.mark.parametrize("size", [0, 10, 20 * 1024 * 1024], ids=["empty", "small", "in-parts"])
def test_a_file_is_stored_from_its_beginning_whatever_its_size(objects, size):
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * size)
        objects.write_file("file", file, content_type="audio/flac")

    stat = objects.stat("file")
    assert (stat.size_bytes, stat.content_type) == (size, "audio/flac")


def test_all_that_begins_with_something_is_deleted_and_nothing_else(objects):
    for key in ("user-1/job/b", "user-1/job/ñ &<a>", "user-1/job", "user-1/job2/a", "user-2/job/a"):
        objects.write(key, b"x", content_type="text/plain")

    objects.delete_all("user-1/job/")
    objects.delete_all("user-1/job/")

    assert objects.keys("user-", most=10) == ("user-1/job", "user-1/job2/a", "user-2/job/a")


def test_keys_are_found_by_what_they_begin_with_in_order_and_no_more_than_asked(objects):
    for key in ("user-1/b", "user-1/a", "user-10/a", "user-2/a"):
        objects.write(key, b"x", content_type="text/plain")
    assert objects.keys("user-1/", most=10) == ("user-1/a", "user-1/b")
    assert objects.keys("user-1/", most=1) == ("user-1/a",)
    assert objects.keys("nobody/", most=10) == ()
