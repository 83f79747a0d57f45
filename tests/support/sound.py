"""Sound made on the spot, encoded and decoded: samples are float32, a column a channel."""

import io
from fractions import Fraction

import av
import numpy as np


def sine(seconds, rate_hz=44_100, channels=1, frequency_hz=440.0, level=0.4):
    time = np.arange(int(seconds * rate_hz)) / rate_hz
    tones = [level * np.sin(2 * np.pi * frequency_hz * (1 + 0.5 * n) * time) for n in range(channels)]
    return np.stack(tones, axis=1).astype(np.float32)


def steps(seconds, rate_hz=44_100):
    """A tone that is 100 Hz higher each second, so that it tells its time."""
    time = np.arange(seconds * rate_hz) / rate_hz
    return (0.4 * np.sin(2 * np.pi * (300 + 100 * np.floor(time)) * time)).astype(np.float32)[:, np.newaxis]


def blocks(samples, size=10_007):
    """Stretches of a length that is no multiple of anything."""
    return (samples[start : start + size] for start in range(0, len(samples), size))


def second_heard(samples, rate_hz=44_100):
    """Which second of :func:`steps` this is, by its tone."""
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples))))
    return (np.argmax(spectrum) * rate_hz / len(samples) - 300) / 100


def encode(samples, rate_hz=44_100, container="wav", codec="pcm_s16le", layout=None, **options):
    """Samples (a column a channel) as a media file."""
    samples = np.atleast_2d(np.asarray(samples, np.float32).T).T
    layout = layout or {1: "mono", 2: "stereo", 3: "3.0", 6: "5.1", 8: "7.1"}[samples.shape[1]]
    target = io.BytesIO()
    with av.open(target, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate_hz, layout=layout, options=options)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples).reshape(1, -1), format="flt", layout=layout
        )
        frame.sample_rate = rate_hz
        frame.pts = 0
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return target.getvalue()


def decode(media):
    """The samples of a media file (a column a channel), as FFmpeg gives them."""
    source = io.BytesIO(media) if isinstance(media, bytes) else media
    source.seek(0)
    with av.open(source) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout=stream.layout.name, rate=stream.rate)
        channels = stream.layout.nb_channels
        frames = [out for frame in container.decode(stream) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().reshape(-1, channels) for frame in frames])


def integers(samples):
    """Samples on the grid of sixteen bits, so that encoding changes nothing of them."""
    return (np.round(samples * 32767).astype(np.int16) / np.float32(32768)).astype(np.float32)


def png(width=8, height=8):
    """A grey picture."""
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "rgb24"
    encoder.time_base = Fraction(1, 1)
    picture = av.VideoFrame.from_ndarray(np.full((height, width, 3), 90, np.uint8), format="rgb24")
    return b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode(None)])


def speech(seconds, rate_hz=44_100, channels=1, level=0.1, noise_db=-75.0, pauses=(), seed=7):
    """Syllables of a few tones with rests between them over a steady noise: peaky, and it pauses.

    ``pauses`` are spans in seconds in which nobody speaks at all.
    """
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * rate_hz)) / rate_hz
    syllables = np.clip(np.sin(2 * np.pi * 3.3 * time), 0, None) ** 2
    phrases = np.sin(2 * np.pi * 0.31 * time) > -0.6
    voice = sum(
        np.sin(2 * np.pi * hertz * time) / n for n, hertz in enumerate((140, 421, 1260, 2300), start=1)
    )
    loud = 0.5 + 0.5 * np.abs(np.sin(2 * np.pi * 0.13 * time))
    spoken = level * voice * syllables * phrases * loud
    for start, end in pauses:
        spoken[int(start * rate_hz) : int(end * rate_hz)] = 0
    noise = 10 ** (noise_db / 20) * rng.normal(size=len(time))
    return np.repeat((spoken + noise)[:, np.newaxis], channels, axis=1).astype(np.float32)
