"""WAV files are read in large packets, and what hides in them is found nevertheless."""

from __future__ import annotations

import io
import struct
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

from shared.media.audio_track import AudioTrack

RATE_HZ = 44_100


class _Counting(io.BytesIO):
    """Counts what is read."""

    given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        self.given += len(found)
        return found


def _wav(data: bytes) -> bytes:
    """Sixteen-bit stereo by its header, whatever the data are."""
    form = struct.pack("<HHIIHH", 1, 2, RATE_HZ, RATE_HZ * 4, 4, 16)
    chunks = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data))
    return b"RIFF" + struct.pack("<I", len(chunks) + len(data)) + chunks + data


def _dts(seconds: int) -> bytes:
    """A tone in the byte order that DTS has on a CD."""
    tone = f"sine=frequency=440:sample_rate={RATE_HZ}:duration={seconds}"
    encoder = ("-ac", "2", "-c:a", "dca", "-strict", "experimental", "-b:a", "1411200", "-f", "dts", "pipe:1")
    made = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", tone, *encoder],
        capture_output=True,
        check=True,
    )
    return np.frombuffer(made.stdout, ">u2").astype("<u2").tobytes()


def test_a_wav_is_opened_by_its_first_kilobytes_and_read_in_large_packets() -> None:
    sound = np.random.default_rng(1).integers(-9000, 9000, (60 * RATE_HZ, 2), np.int16)
    source = _Counting(_wav(sound.tobytes()))

    track = AudioTrack(source)
    opened = source.given
    frames = [frame.to_ndarray().reshape(-1, 2) for frame in track.frames()]

    assert opened < 256 << 10
    assert len(frames) < 200
    assert np.array_equal(np.concatenate(frames), sound)


def test_seven_channels_of_24_bits_come_in_whole_samples() -> None:
    target = io.BytesIO()
    sound = np.random.default_rng(1).integers(-9000, 9000, (2 * RATE_HZ, 7), np.int16)
    soundfile.write(target, sound, RATE_HZ, format="WAV", subtype="PCM_24")
    target.seek(0)

    frames = [frame.to_ndarray().reshape(-1, 7) for frame in AudioTrack(target).frames()]

    assert np.array_equal(np.concatenate(frames), sound.astype(np.int32) << 16)


def test_dts_that_calls_itself_plain_samples_is_found() -> None:
    track = AudioTrack(io.BytesIO(_wav(_dts(seconds=3))))

    assert track.codec_name == "dca"
    assert sum(frame.samples for frame in track.frames()) == pytest.approx(3 * RATE_HZ, abs=2000)
