"""Keys are made of ids alone, whatever a file is called, and can be read back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.ids import new_id
from shared.domain.object_keys import audio_key, file_id_of, transcript_key

FILENAMES = st.one_of(
    st.text(),
    st.lists(st.sampled_from(["..", "/", "\\", "a", ".mp3", ".", "\n", "😀", "%2e", " "])).map("".join),
)
IDS = st.builds(new_id)


@given(IDS, IDS, FILENAMES)
def test_a_key_holds_the_ids_and_a_plain_extension_and_nothing_else_of_the_name(user_id, file_id, filename):
    key = audio_key(user_id, file_id, filename)
    assert re.fullmatch(rf"{user_id}/{file_id}/audio(\.[a-z0-9]{{1,8}})?", key)


@given(IDS, IDS, FILENAMES)
def test_the_file_is_found_again_from_its_key(user_id, file_id, filename):
    assert file_id_of(audio_key(user_id, file_id, filename)) == file_id


@pytest.mark.parametrize(
    ("filename", "end"),
    [
        ("meeting.mp3", "/audio.mp3"),
        ("MEETING.MP3", "/audio.mp3"),
        ("archive.tar.gz", "/audio.gz"),
        ("no extension", "/audio"),
        ("long.extension", "/audio"),
        ("trick.m%70", "/audio"),
        ("../../etc/passwd", "/audio"),
        (".mp3", "/audio.mp3"),
        ("", "/audio"),
    ],
)
def test_an_extension_is_kept_only_where_it_is_short_and_plain(filename, end):
    assert audio_key("u", "f", filename) == f"u/f{end}"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "audio.mp3",
        "f/audio.mp3",
        "u/f/audio.mp3/x",
        "x/u/f/audio.mp3",
        "u/f/transcript.txt",
        "u//audio.mp3",
        "u/f/audio.MP3",
        "u/f/audio.mp3\n",
        "u/f/audiomp3",
    ],
)
def test_a_key_of_another_making_names_no_file(key):
    assert file_id_of(key) is None


def test_a_transcripts_key_names_its_owner_and_job():
    assert transcript_key("u", "j", "srt") == "u/j/transcript.srt"


def test_a_transcripts_key_is_never_taken_for_an_upload():
    assert file_id_of(transcript_key("u", "j", "txt")) is None
