"""Media that lie about their length, change or break in the middle, or go on for hours, through the handler.

Each ends with the right duration or a fault, in bounded time and memory.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from services.transcriber.fake_engine import FakeEngine
from services.transcriber.planning import Chunking
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.jobs import JobStatus
from tests.support.broken_media import (
    damaged,
    flac_claiming,
    headers_alone,
    long_silence,
    long_video,
    long_wav,
    matroska_claiming,
    mp4_claiming,
    opus,
    plain_mp3,
)
from tests.support.long_audio_world import LongAudioWorld
from tests.support.media import encode, noise, tone

pytestmark = pytest.mark.heavy

THREE_HOURS = 10_800.0
HALF_AN_HOUR = 1800.0
SHORT_CHUNKS = Chunking(threshold_seconds=20, chunk_seconds=10)
AS_USUAL = Chunking(threshold_seconds=1_200, chunk_seconds=600)


def duration_of(transcribe: Callable, media: bytes, **changes: object) -> float:
    return transcribe(media, FakeEngine(), **changes).transcript.duration_seconds


def fault_of(transcribe: Callable, media: bytes, **changes: object) -> Fault:
    with pytest.raises(PermanentError) as raised:
        transcribe(media, FakeEngine(), **changes)
    return raised.value.fault


def silence_of_half_an_hour(container: str, codec: str) -> bytes:
    return long_silence(HALF_AN_HOUR, container=container, codec=codec)


LYING_FILES: dict[str, tuple[float, Callable[[], bytes]]] = {
    "wav": (THREE_HOURS, lambda: long_wav(THREE_HOURS, claimed_seconds=5)),
    "mp4": (HALF_AN_HOUR, lambda: mp4_claiming(silence_of_half_an_hour("mp4", "aac"), 5)),
    "matroska": (HALF_AN_HOUR, lambda: matroska_claiming(silence_of_half_an_hour("matroska", "aac"), 5)),
    "flac": (HALF_AN_HOUR, lambda: flac_claiming(silence_of_half_an_hour("flac", "flac"), 5)),
}


@pytest.mark.parametrize("kind", LYING_FILES)
def test_hours_whose_header_says_five_seconds_are_heard_whole(transcribe, kind: str) -> None:
    seconds, make = LYING_FILES[kind]
    assert duration_of(transcribe, make()) == pytest.approx(seconds, abs=0.5)


def test_half_an_hour_of_mp3_whose_index_says_five_seconds_is_heard_whole() -> None:
    clip = encode(tone(5, rate_hz=8_000), container="mp3", codec="libmp3lame", rate_hz=8_000)
    found = heard_in_chunks(clip * 360, AS_USUAL).transcript().duration_seconds
    assert HALF_AN_HOUR <= found <= 1.06 * HALF_AN_HOUR  # each of the 360 parts has padding and a frame


@pytest.mark.parametrize("kind", ["wav", "mp4", "matroska", "flac"])
def test_five_seconds_whose_header_says_an_hour_are_five_seconds(transcribe, kind: str) -> None:
    media = {
        "wav": lambda: long_wav(5, claimed_seconds=THREE_HOURS),
        "mp4": lambda: mp4_claiming(long_silence(5, container="mp4", codec="aac"), THREE_HOURS),
        "matroska": lambda: matroska_claiming(
            long_silence(5, container="matroska", codec="aac"), THREE_HOURS
        ),
        "flac": lambda: flac_claiming(long_silence(5, container="flac", codec="flac"), THREE_HOURS),
    }[kind]()
    assert duration_of(transcribe, media) == pytest.approx(5, abs=0.2)


def heard_in_chunks(media: bytes, chunking: Chunking = SHORT_CHUNKS) -> LongAudioWorld:
    """A job whose file was cut, and that completed at the first try of each chunk."""
    world = LongAudioWorld(media, chunking=chunking)
    world.run()
    assert world.current().status is JobStatus.COMPLETED, world.current().error
    assert world.current().failures == 0
    chunks = world.transcript().chunks
    assert len(chunks) > 1
    return world


@pytest.mark.parametrize("claimed_seconds", [25, 50, 500])
def test_a_file_cut_by_what_its_header_claims_is_heard_to_its_true_end(claimed_seconds: int) -> None:
    media = long_silence(50, container="flac", codec="flac")
    world = heard_in_chunks(flac_claiming(media, claimed_seconds))
    assert world.transcript().duration_seconds == 50


@pytest.mark.parametrize("loud_first", [True, False])
def test_an_mp3_of_varying_bit_rate_without_an_index_is_heard_to_its_true_end(loud_first: bool) -> None:
    parts = [plain_mp3(30, 64_000), plain_mp3(40, 8_000, is_silent=True)]
    if not loud_first:
        parts.reverse()
    world = heard_in_chunks(b"".join(parts))
    assert world.transcript().duration_seconds == pytest.approx(70, abs=0.3)


def test_chunks_of_an_mp3_of_varying_bit_rate_begin_where_they_say(open_decoder) -> None:
    quiet = plain_mp3(20, 8_000, is_silent=True)
    with open_decoder(quiet + plain_mp3(5, 64_000) + quiet) as decoder:
        sound = np.concatenate(list(decoder.blocks(15.0, 40.0)))
    [first, *_, last] = np.flatnonzero(np.abs(sound) > 0.1) / 16_000
    assert 15 + first == pytest.approx(20, abs=0.2)
    assert 15 + last == pytest.approx(25, abs=0.2)


@pytest.mark.parametrize("share", [0.1, 0.345, 0.5, 0.77, 0.999])
def test_an_opus_stream_cut_in_mid_page_gives_what_is_there(transcribe, share: float) -> None:
    media = encode(noise(20, rate_hz=48_000), container="ogg", codec="libopus", rate_hz=48_000)
    found = duration_of(transcribe, media[: int(len(media) * share)])
    assert 20 * share - 1.5 < found < 20 * share + 0.5


def test_an_opus_stream_cut_in_its_headers_is_unreadable(transcribe) -> None:
    assert fault_of(transcribe, opus(1)[:100]) is Fault.UNREADABLE_MEDIA


def flac_in_ogg(rate_hz: int, layout: str) -> bytes:
    return encode(
        tone(10, rate_hz=rate_hz), container="ogg", codec="flac", rate_hz=rate_hz, layout=layout, flush=False
    )


@pytest.mark.parametrize(
    "links",
    [
        (opus(10), opus(10)),
        (opus(10), opus(10, "stereo")),
        (opus(10, "stereo"), opus(10), opus(10, "stereo")),
        (flac_in_ogg(16_000, "mono"), flac_in_ogg(44_100, "stereo")),
        (flac_in_ogg(44_100, "stereo"), opus(10), flac_in_ogg(16_000, "mono")),
    ],
    ids=["alike", "channels", "channels and back", "rates", "codecs"],
)
def test_a_chain_of_unlike_streams_is_heard_to_its_end(transcribe, links: tuple[bytes, ...]) -> None:
    assert duration_of(transcribe, b"".join(links)) == pytest.approx(10 * len(links), abs=0.2)


def test_a_chain_of_too_many_unlike_streams_ends(transcribe) -> None:
    found = duration_of(transcribe, (opus(0.1) + opus(0.1, "stereo")) * 600)
    assert 90 < found <= 121


def test_a_broken_link_of_a_chain_costs_only_itself(transcribe) -> None:
    broken = damaged(opus(10, "stereo"), 0.0005, 0.5)
    found = duration_of(transcribe, opus(10) + broken + opus(10) + opus(10, "stereo"))
    assert 29 < found < 41


def test_a_long_video_gives_its_sound_and_no_picture_is_decoded() -> None:
    world = heard_in_chunks(long_video(HALF_AN_HOUR), AS_USUAL)
    assert world.transcript().duration_seconds == pytest.approx(HALF_AN_HOUR, abs=0.2)


@pytest.mark.parametrize(
    ("container", "codec", "rate_hz"),
    [
        ("wav", "pcm_s16le", 16_000),
        ("mp3", "libmp3lame", 16_000),
        ("ogg", "libopus", 48_000),
        ("flac", "flac", 16_000),
        ("mp4", "aac", 16_000),
        ("adts", "aac", 16_000),
        ("matroska", "libopus", 48_000),
        ("mpegts", "aac", 16_000),
    ],
)
def test_garbage_in_the_middle_costs_no_more_than_about_itself(
    transcribe, container: str, codec: str, rate_hz: int
) -> None:
    media = encode(noise(60, rate_hz=rate_hz), container=container, codec=codec, rate_hz=rate_hz)
    broken = damaged(media, 0.28, 0.38)
    assert 45 < duration_of(transcribe, broken) < 61
    if container != "adts":  # whose claim of a length is a guess by its first frames
        assert 43 < heard_in_chunks(broken).transcript().duration_seconds < 61


@pytest.mark.parametrize("tracks", [9, 16, 23, 64])
def test_a_recording_of_many_tracks_is_mixed(open_decoder, tracks: int) -> None:
    samples = (np.tile(tone(2)[:, np.newaxis], (1, tracks)) * 32_767).astype("<i2")
    with open_decoder(pcm_tracks(samples)) as decoder:
        sound = np.concatenate(list(decoder.blocks()))
    assert len(sound) == 32_000
    assert np.abs(sound).max() == pytest.approx(0.5, abs=0.2)


def pcm_tracks(samples: np.ndarray) -> bytes:
    """A 16 kHz WAV of 16-bit samples of shape (n, tracks)."""
    head = bytearray(long_wav(0, claimed_seconds=samples.nbytes / 1_000))
    tracks = samples.shape[1]
    struct.pack_into("<HIIHH", head, 22, tracks, 16_000, 32_000 * tracks, 2 * tracks, 16)
    return bytes(head) + samples.tobytes()


@pytest.mark.parametrize(
    ("container", "codec", "rate_hz"),
    [
        ("mp4", "aac", 16_000),
        ("ogg", "libopus", 48_000),
        ("mp3", "libmp3lame", 16_000),
        ("flac", "flac", 16_000),
        ("matroska", "libopus", 48_000),
        ("adts", "aac", 16_000),
        ("avi", "pcm_s16le", 16_000),
        ("caf", "pcm_s16le", 16_000),
        ("aiff", "pcm_s16be", 16_000),
    ],
)
def test_a_track_without_any_sound_is_a_fault(transcribe, container: str, codec: str, rate_hz: int) -> None:
    faults = {Fault.NO_AUDIO_DATA, Fault.NO_AUDIO_TRACK, Fault.UNREADABLE_MEDIA}
    assert fault_of(transcribe, headers_alone(container, codec, rate_hz)) in faults


def test_more_than_may_be_is_refused_whatever_the_header_says(transcribe) -> None:
    too_long = long_wav(3_600, claimed_seconds=5)
    assert fault_of(transcribe, too_long, max_audio_minutes=30) is Fault.AUDIO_TOO_LONG


def peaks_of(*files: str) -> list[tuple[int, str]]:
    """Peak memory in MiB after each of several files in one fresh process, and how each ended."""
    command = [sys.executable, "-m", "tests.support.peak_memory", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    lines = [
        line.removeprefix("peak ").split(maxsplit=1) for line in done.stdout.splitlines() if "peak " in line
    ]
    return [(int(mebibytes), ending) for mebibytes, ending in lines]


def test_four_hours_take_hardly_more_memory_than_ten_minutes() -> None:
    """Ten minutes are two windows; longer files hold a third, and small things. Their sound is 900 MiB."""
    (short, short_ending), (long, long_ending) = peaks_of("600", "14400")
    assert (short_ending, long_ending) == ("600 s", "14400 s")
    assert long - short < 60


def test_an_index_of_eighty_million_samples_in_four_kilobytes_is_a_fault_that_costs_no_memory() -> None:
    (short, _), (after, ending) = peaks_of("60", "mp4:80000000")
    assert ending in {Fault.NO_AUDIO_DATA.code, Fault.UNREADABLE_MEDIA.code}
    assert after - short < 64
