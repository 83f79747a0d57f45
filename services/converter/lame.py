"""MP3 by the ffmpeg program that imageio-ffmpeg brings.

LAME in PyAV's and libsndfile's wheels is built without its assembly and takes several times as long; see
docs/adr/0022-the-audio-toolbox.md. The program is given plain samples and writes into our file: it never
sees what a stranger sent. Should we die, its input ends, and so does it.
"""

from __future__ import annotations

import subprocess
from types import TracebackType
from typing import IO, Self

import av
import imageio_ffmpeg

from services.converter.encodings import Encoding
from services.converter.shaping import Shape, array_of


class LameEncoder:
    """An ``Encoder``; ``target`` must be a file of the operating system. The shape is ``flt``."""

    def __init__(self, target: IO[bytes], encoding: Encoding, shape: Shape) -> None:
        descriptor = target.fileno()
        rate = ["-b:a", str(encoding.bit_rate)] if encoding.bit_rate else ["-q:a", str(encoding.lame_v)]
        self._target = target
        self._program = subprocess.Popen(  # noqa: S603 - the program is a dependency, the arguments are ours
            [
                *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"),
                *("-f", "f32le", "-ar", str(shape.rate_hz), "-ac", str(shape.channels), "-i", "pipe:0"),
                *("-c:a", "libmp3lame", *rate, "-fflags", "+bitexact", "-flags:a", "+bitexact"),
                *("-f", "mp3", "-y", f"/dev/fd/{descriptor}"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(descriptor,),
            bufsize=0,
        )

    def write(self, frame: av.AudioFrame) -> None:
        """Hand over the samples. Raises ``OSError`` if the program has ended."""
        samples = memoryview(array_of(frame).tobytes())
        while samples:
            samples = samples[_of(self._program.stdin).write(samples) :]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._program.kill()
        _, complaint = self._program.communicate()
        if kind is None and self._program.returncode:
            raise RuntimeError(f"ffmpeg: {complaint.decode(errors='replace')[:500]}")


def _of(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the program was started without an input")
    return pipe
