"""Chapters in MP4, which mutagen only reads: FFmpeg writes the file anew around the same packets."""

from __future__ import annotations

import shutil
from fractions import Fraction
from typing import IO

import av

from services.converter.scratch import scratch_file
from services.converter.tagging.tags import Chapter
from shared.media.audio_track import open_container

MILLISECOND = Fraction(1, 1000)


def write_mp4_chapters(file: IO[bytes], chapters: tuple[Chapter, ...]) -> None:
    """Replace the chapters of an MP4 file in place; no packet changes. Tags of the file are kept."""
    file.seek(0)
    with open_container(file) as before, scratch_file() as copy:
        if not chapters and not before.chapters():
            return
        with av.open(copy, "w", format="ipod", container_options={"fflags": "+bitexact"}) as after:
            stream = after.add_stream_from_template(before.streams.audio[0])
            after.metadata.update(before.metadata)
            after.set_chapters(
                [
                    {
                        "id": number,
                        "start": chapter.start_ms,
                        "end": chapter.end_ms,
                        "time_base": MILLISECOND,
                        "metadata": {"title": chapter.title},
                    }
                    for number, chapter in enumerate(chapters)
                ]
            )
            for packet in before.demux(before.streams.audio[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    after.mux(packet)
        copy.seek(0)
        file.seek(0)
        shutil.copyfileobj(copy, file, 1 << 20)
        file.truncate()
