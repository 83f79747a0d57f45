"""Cuts between packets, which are copied as they are: nothing is lost, but cuts fall where packets end."""

from __future__ import annotations

from collections.abc import Iterator

import av

from services.converter.cutting.cutter import END_TOLERANCE_MS, CutPiece
from services.converter.cutting.pieces import Piece
from services.converter.input_file import Limits, Report
from services.converter.scratch import scratch_file
from shared.domain.audio_formats import AudioFormat
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.media.audio_source import Source
from shared.media.audio_track import open_container

MUXERS = {
    AudioFormat.MP3: "mp3",
    AudioFormat.M4A: "ipod",
    AudioFormat.OGG: "ogg",
    AudioFormat.OPUS: "opus",
}
"""Formats whose packets stand for themselves. Lossless ones lose nothing by being encoded anew."""


def copy_pieces(
    source: Source, pieces: list[Piece], form: AudioFormat, *, limits: Limits, report: Report
) -> Iterator[CutPiece]:
    """Each piece as soon as it is whole; its times are those of its packets.

    Raises ``PermanentError``: SEGMENT_OUTSIDE_AUDIO, AUDIO_TOO_LONG, UNREADABLE_MEDIA.
    """
    source.seek(0)
    with open_container(source) as container:
        packets = _Packets(container, limits, report)
        for piece in pieces:
            yield _copied(piece, packets, MUXERS[form])


class _Packets:
    """The packets of a file with their times, one of which may be put back."""

    def __init__(self, container: av.container.InputContainer, limits: Limits, report: Report) -> None:
        self.stream = container.streams.audio[0]
        self._limits, self._report = limits, report
        self._total_ms = (container.duration or 0) / 1000 or 1.0
        self._packets = container.demux(self.stream)
        self._held: tuple[float, av.Packet[av.AudioStream]] | None = None
        self.end_ms = 0.0

    def next(self) -> tuple[float, av.Packet[av.AudioStream]] | None:
        """When the next packet is heard (milliseconds), and the packet; None at the end."""
        held, self._held = self._held, None
        if held is not None:
            return held
        try:
            packet = next(self._packets, None)
        except av.FFmpegError:
            return None  # where the container breaks, the file ends
        if packet is None or packet.pts is None or packet.time_base is None:
            return None
        start_ms = float((packet.pts - (self.stream.start_time or 0)) * packet.time_base * 1000)
        self.end_ms = start_ms + float((packet.duration or 0) * packet.time_base * 1000)
        if start_ms > self._limits.max_seconds * 1000:
            raise PermanentError(Fault.AUDIO_TOO_LONG, limit_minutes=round(self._limits.max_seconds / 60))
        self._report(min(1.0, start_ms / self._total_ms))
        return start_ms, packet

    def put_back(self, found: tuple[float, av.Packet[av.AudioStream]]) -> None:
        """Let the next one be this."""
        self._held = found


def _copied(piece: Piece, packets: _Packets, muxer: str) -> CutPiece:
    file = scratch_file()
    first_ms: float | None = None
    first_pts, end_ms = 0, piece.start_ms
    try:
        with av.open(file, "w", format=muxer, container_options={"fflags": "+bitexact"}) as output:
            stream = output.add_stream_from_template(packets.stream)
            while (found := packets.next()) is not None:
                start_ms, packet = found
                if piece.end_ms is not None and start_ms >= piece.end_ms:
                    packets.put_back(found)
                    end_ms = start_ms
                    break
                if start_ms < piece.start_ms or packet.pts is None:
                    continue
                if first_ms is None:
                    first_ms, first_pts = start_ms, packet.pts
                packet.pts = packet.dts = packet.pts - first_pts
                packet.stream = stream
                output.mux(packet)
            else:
                end_ms = packets.end_ms
        if first_ms is None or (piece.end_ms or 0) > end_ms + END_TOLERANCE_MS:
            raise PermanentError(
                Fault.SEGMENT_OUTSIDE_AUDIO,
                what=f"the segment {piece.name!r}",
                duration_seconds=round(packets.end_ms / 1000, 3),
            )
    except BaseException:
        file.close()
        raise
    return CutPiece(piece, file, first_ms, end_ms)
