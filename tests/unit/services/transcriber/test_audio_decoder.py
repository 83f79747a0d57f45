import io
import socket
import threading
from contextlib import suppress

import av
import numpy as np
import pytest
from faster_whisper.audio import decode_audio
from hypothesis import given, settings
from hypothesis import strategies as st

from services.transcriber.audio_decoder import SAMPLE_RATE, AudioDecoder
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault

ONE_DAY = 86_400.0


def decode(media: bytes, max_seconds: float = ONE_DAY) -> np.ndarray:
    with AudioDecoder(io.BytesIO(media), max_seconds=max_seconds) as decoder:
        return np.concatenate(list(decoder.blocks()))


def fault_of(media: bytes, max_seconds: float = ONE_DAY) -> Fault:
    with pytest.raises(PermanentError) as raised:
        decode(media, max_seconds)
    return raised.value.fault


@pytest.mark.heavy
def test_the_samples_are_those_of_faster_whispers_own_decoder(samples_directory):
    for path in sorted(samples_directory.glob("*.flac")):
        assert np.array_equal(decode(path.read_bytes()), decode_audio(str(path))), path.name


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("container", "codec", "rate", "layout"),
    [
        ("wav", "pcm_mulaw", 8_000, "mono"),
        ("wav", "pcm_u8", 8_000, "mono"),
        ("wav", "adpcm_ima_wav", 22_050, "stereo"),
        ("wav", "libmp3lame", 44_100, "stereo"),
        ("wav", "pcm_s24le", 192_000, "stereo"),
        ("flac", "flac", 48_000, "5.1"),
        ("mp3", "libmp3lame", 44_100, "stereo"),
        ("ogg", "libopus", 48_000, "mono"),
        ("mp4", "aac", 44_100, "stereo"),
        ("matroska", "aac", 48_000, "5.1"),
        ("webm", "libopus", 48_000, "stereo"),
        ("adts", "aac", 22_050, "mono"),
        ("aiff", "pcm_s16be", 11_025, "mono"),
    ],
)
def test_any_container_rate_layout_and_depth_gives_the_same_samples(
    tone, encode, container, codec, rate, layout
):
    media = encode(tone(1.5, rate, av.AudioLayout(layout).nb_channels), rate, container, codec, layout)

    samples = decode(media)

    assert np.array_equal(samples, decode_audio(io.BytesIO(media)))
    assert len(samples) == pytest.approx(1.5 * SAMPLE_RATE, abs=0.12 * SAMPLE_RATE)
    assert np.abs(samples).max() > 0.05


def test_a_video_gives_its_sound(tone):
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as output:
        video = output.add_stream("mpeg4", rate=10)
        video.width = video.height = 32
        video.pix_fmt = "yuv420p"
        audio = output.add_stream("aac", rate=16_000, layout="mono")
        for _ in range(10):
            output.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")))
        frame = av.AudioFrame.from_ndarray(tone(1.0), format="fltp", layout="mono")
        frame.sample_rate = 16_000
        output.mux(audio.encode(frame))
        output.mux(audio.encode(None))
        output.mux(video.encode(None))

    assert len(decode(target.getvalue())) == pytest.approx(SAMPLE_RATE, abs=3000)


def test_a_video_without_sound_has_no_audio_track():
    target = io.BytesIO()
    with av.open(target, "w", format="matroska") as output:
        video = output.add_stream("mpeg4", rate=10)
        video.width = video.height = 32
        video.pix_fmt = "yuv420p"
        output.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")))
        output.mux(video.encode(None))

    assert fault_of(target.getvalue()) is Fault.NO_AUDIO_TRACK


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"x",
        b"A letter to my aunt, renamed to song.mp3.\n" * 200,
        bytes(5000),
        b"\x89PNG\r\n\x1a\n" + bytes(99),
    ],
    ids=["empty", "one byte", "text", "zeros", "picture"],
)
def test_what_is_no_media_is_unreadable(junk):
    assert fault_of(junk) is Fault.UNREADABLE_MEDIA


def test_a_track_without_samples_has_no_audio_data(wav):
    assert fault_of(wav(np.zeros(0))) is Fault.NO_AUDIO_DATA


@pytest.mark.parametrize(
    ("container", "codec"),
    [("wav", "pcm_s16le"), ("mp3", "libmp3lame"), ("flac", "flac"), ("ogg", "libopus")],
)
def test_a_truncated_file_yields_what_is_there(tone, encode, container, codec):
    rate = 48_000
    media = encode(tone(4.0, rate), rate, container, codec)

    assert len(decode(media[: len(media) // 2])) == pytest.approx(2 * SAMPLE_RATE, rel=0.3)


def test_an_m4a_without_its_index_is_unreadable(tone, encode):
    media = encode(tone(2.0), 16_000, "ipod", "aac")

    assert fault_of(media[: len(media) * 2 // 3]) is Fault.UNREADABLE_MEDIA


@pytest.mark.parametrize(("container", "codec"), [("mp3", "libmp3lame"), ("adts", "aac"), ("ogg", "libopus")])
def test_damage_in_the_middle_costs_only_what_is_damaged(tone, encode, container, codec):
    media = bytearray(encode(tone(10.0, 48_000), 48_000, container, codec))
    middle = len(media) // 2
    media[middle : middle + 300] = bytes(range(50)) * 6

    assert len(decode(bytes(media))) > 8.5 * SAMPLE_RATE


def test_damaged_packets_are_counted(tone, encode):
    media = bytearray(encode(tone(5.0), 16_000, "flac", "flac"))
    for place in range(len(media) // 4, len(media) * 3 // 4, 800):
        media[place : place + 40] = bytes(40)
    with AudioDecoder(io.BytesIO(bytes(media)), max_seconds=ONE_DAY) as decoder:
        decoded = sum(len(block) for block in decoder.blocks())

        assert decoder.corrupt_packets > 0
        assert decoder.decoded_samples == decoded > SAMPLE_RATE


def test_sound_longer_than_the_limit_is_refused_as_soon_as_it_is_known(wav):
    assert fault_of(wav(np.zeros(5 * SAMPLE_RATE)), max_seconds=4) is Fault.AUDIO_TOO_LONG
    assert len(decode(wav(np.zeros(5 * SAMPLE_RATE)), max_seconds=5)) == 5 * SAMPLE_RATE


def test_a_file_that_never_ends_is_left_at_the_limit(wav):
    class Endless(io.BytesIO):
        def read(self, size=-1, /):
            return super().read(size) or bytes(size)

    media = bytearray(wav(np.zeros(SAMPLE_RATE)))
    media[4:8] = media[40:44] = (2**32 - 1).to_bytes(4, "little")
    with (
        AudioDecoder(Endless(bytes(media)), max_seconds=60) as decoder,
        pytest.raises(PermanentError) as raised,
    ):
        list(decoder.blocks())

    assert raised.value.fault is Fault.AUDIO_TOO_LONG


def test_the_duration_is_that_of_the_samples_whatever_the_header_says(wav):
    media = bytearray(wav(np.zeros(2 * SAMPLE_RATE)))
    media[40:44] = (200 * SAMPLE_RATE * 2).to_bytes(4, "little")
    with AudioDecoder(io.BytesIO(bytes(media)), max_seconds=ONE_DAY) as decoder:
        assert sum(len(block) for block in decoder.blocks()) == 2 * SAMPLE_RATE


@pytest.mark.parametrize("rate", [1, 999, 687_882_304])
def test_a_rate_that_no_recorder_has_is_refused_before_memory_is_spent_on_it(wav, tone, rate):
    media = bytearray(wav(tone(1.0)[0]))
    media[24:28] = rate.to_bytes(4, "little")

    assert fault_of(bytes(media)) is Fault.UNREADABLE_MEDIA


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_damage_anywhere_gives_sound_or_a_fault_and_never_anything_else(encoded, data):
    media = bytearray(data.draw(st.sampled_from(encoded)))
    for _ in range(data.draw(st.integers(1, 20))):
        media[data.draw(st.integers(0, len(media) - 1))] = data.draw(st.integers(0, 255))
    with suppress(PermanentError):
        decode(bytes(media), max_seconds=60)


@pytest.fixture(scope="module")
def encoded(tone, encode):
    return [
        encode(tone(0.3, 48_000), 48_000, container, codec)
        for container, codec in [
            ("wav", "pcm_s16le"),
            ("mp3", "libmp3lame"),
            ("mp4", "aac"),
            ("ogg", "libopus"),
            ("matroska", "aac"),
            ("flac", "flac"),
            ("mpegts", "aac"),
        ]
    ]


def test_long_sound_comes_in_blocks(wav):
    with AudioDecoder(io.BytesIO(wav(np.zeros(45 * SAMPLE_RATE))), max_seconds=ONE_DAY) as decoder:
        lengths = [len(block) for block in decoder.blocks()]

    assert sum(lengths) == 45 * SAMPLE_RATE
    assert max(lengths) < 20 * SAMPLE_RATE


def test_a_failure_to_read_is_not_taken_for_the_end_of_the_file(wav):
    class Failing(io.BytesIO):
        def read(self, size=-1, /):
            if self.tell() > 200_000:
                raise ConnectionResetError("storage went away")
            return super().read(size)

    with (
        AudioDecoder(Failing(wav(np.zeros(30 * SAMPLE_RATE))), max_seconds=ONE_DAY) as decoder,
        pytest.raises(ConnectionResetError, match="storage went away"),
    ):
        list(decoder.blocks())


@pytest.mark.parametrize("form", ["m3u8", "ffconcat", "mpd", "m3u8 url", "sdp"])
def test_a_file_that_names_others_is_refused_and_they_are_not_read(form, tmp_path, monkeypatch, wav, tone):
    secret = tmp_path / "secret.wav"
    secret.write_bytes(wav(tone(2.0)[0]))
    monkeypatch.chdir(tmp_path)
    scripts = {
        "m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{secret}\n#EXT-X-ENDLIST\n",
        "m3u8 url": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{url}/a.ts\n#EXT-X-ENDLIST\n",
        "ffconcat": "ffconcat version 1.0\nfile 'secret.wav'\n",
        "mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" mediaPresentationDuration="PT9S"><Period>'
        '<AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>secret.wav'
        "</BaseURL></Representation></AdaptationSet></Period></MPD>",
        "sdp": "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        "m=audio 51234 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n",
    }
    with listener() as (url, visits):
        assert fault_of(scripts[form].replace("{url}", url).encode()) is Fault.UNREADABLE_MEDIA
        assert not visits


def test_without_our_bounds_the_other_file_would_have_been_read(tmp_path, monkeypatch, wav, tone):
    """Holds the test above to something: FFmpeg by itself does follow such a script."""
    (tmp_path / "list.ffconcat").write_text("ffconcat version 1.0\nfile 'secret.wav'\n")
    (tmp_path / "secret.wav").write_bytes(wav(tone(2.0)[0]))
    monkeypatch.chdir(tmp_path)

    assert len(decode_audio("list.ffconcat")) == 2 * SAMPLE_RATE


class listener:
    """A local port and who came to it."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.visits: list[object] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}", self.visits

    def _accept(self):
        try:
            connection, address = self.socket.accept()
        except OSError:
            return
        self.visits.append(address)
        connection.close()

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
