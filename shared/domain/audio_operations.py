"""What callers may ask of the audio toolbox: one schema an operation.

All that can be known to be wrong without the file is refused here: impossible formats, segments that
overlap, names that are paths. The API's bodies are strict subclasses: JSON knows neither enums nor tuples,
so ``strict=False`` stands where these are. What is said of a fault goes on from "The field …" or "The body".
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, model_validator

from shared.domain.audio_formats import FORMATS, AudioFormat, Quality
from shared.domain.record import Record

MOST_SEGMENTS = 1_000
MOST_CHAPTERS = 1_000
MOST_NAMES_BYTES = 64_000
"""All names of a split together, in UTF-8: a job's record holds them twice, and an item has 400 KB."""
MOST_TAG_CHARACTERS = 10_000
MOST_TEXTS_BYTES = 100_000
"""All tags and chapters of a request together, in UTF-8: a job's record holds what is asked and what came."""
CLIP_DEFAULT_MS = 30_000
CLIP_MOST_MS = 60_000
CLIP_SHORTEST_MS = 100
CLIP_LATEST_MS = 10_000_000_000
"""116 days: later than the end of any file that is taken."""

_TIME = re.compile(
    r"(?:(?:(?P<hours>\d{1,3}):)?(?P<minutes>\d{1,4}):)?(?P<seconds>\d{1,6})(?:\.(?P<fraction>\d{1,3}))?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNSAFE_IN_NAMES = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')


def parse_time_ms(text: str) -> int:
    """``"0:00"``, ``"1:30"``, ``"90.5"`` or ``"HH:MM:SS.mmm"`` in milliseconds. Raises ``ValueError``."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError("must be a time like 1:30 or 01:02:03.500")
    hours, minutes, seconds = (int(match[name] or 0) for name in ("hours", "minutes", "seconds"))
    if (match["minutes"] is not None and seconds >= 60) or (match["hours"] is not None and minutes >= 60):
        raise ValueError("must not have more than 59 seconds or minutes")
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int((match["fraction"] or "0").ljust(3, "0"))


def format_time_ms(time_ms: int) -> str:
    """``HH:MM:SS.mmm``."""
    seconds, milliseconds = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{milliseconds:03d}"


def _plain_name(name: str) -> str:
    if _UNSAFE_IN_NAMES.search(name) or name.strip(" .") != name:
        raise ValueError('must not be a path: no / \\ : * ? " < > | in it, and no dot or space at its ends')
    return name


def _a_time(text: str) -> str:
    parse_time_ms(text)
    return text


TimeText = Annotated[str, AfterValidator(_a_time), Field(examples=["1:30", "01:02:03.500"])]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_plain_name)]


def _no_text(number: object) -> object:
    if isinstance(number, str | bool):
        raise ValueError("must be a number")
    return number


Number = Annotated[float, BeforeValidator(_no_text)]
"""A record's numbers come back from the table as decimals: Pydantic's own strictness would refuse them."""


class LoudnessTarget(Record):
    """How loud the result is to be: LUFS (ITU-R BS.1770-4) and the highest true peak, in dBTP."""

    lufs: Annotated[Number, Field(ge=-40, le=-5)] = -16.0
    true_peak_db: Annotated[Number, Field(ge=-9, le=0)] = -1.0


LOUDNESS_PRESETS = {
    "podcast": LoudnessTarget(lufs=-16),
    "mono": LoudnessTarget(lufs=-19),
    "broadcast": LoudnessTarget(lufs=-23),
}
"""Stereo speech for players, the same from one loudspeaker, and EBU R 128."""


class ConvertOptions(Record):
    """Another format, rate, number of channels or loudness. ``None`` keeps what the file has."""

    operation: Literal["convert"] = "convert"
    format: AudioFormat = Field(strict=False)
    quality: Quality = "high"
    preserve_metadata: bool = True
    sample_rate: int | None = Field(default=None, ge=8_000, le=192_000)
    channels: int | None = Field(default=None, ge=1, le=8)
    loudness: Literal["podcast", "mono", "broadcast"] | LoudnessTarget | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        facts = FORMATS[self.format]
        if self.sample_rate is not None and not facts.takes_rate(self.sample_rate):
            raise ValueError(f"asks for {self.sample_rate} Hz, which {self.format.value} can't hold")
        if self.channels is not None and self.channels > facts.max_channels:
            raise ValueError(f"asks for {self.channels} channels, which {self.format.value} can't hold")
        return self

    @property
    def target(self) -> LoudnessTarget | None:
        """The loudness asked for, presets looked up."""
        return LOUDNESS_PRESETS[self.loudness] if isinstance(self.loudness, str) else self.loudness


class SegmentRequest(Record):
    """One piece: from ``start`` to just before ``end``."""

    start: TimeText
    end: TimeText
    name: Name | None = None

    @property
    def start_ms(self) -> int:
        """Where it begins."""
        return parse_time_ms(self.start)

    @property
    def end_ms(self) -> int:
        """Where it ends; that moment is not part of it."""
        return parse_time_ms(self.end)

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.start_ms >= self.end_ms:
            raise ValueError(f"must end after it starts: it goes from {self.start} to {self.end}")
        return self


class SplitChoices(Record):
    """How to cut.

    ``enhanced``: exactly at the samples asked for, encoded anew; without it, packets are copied as they
    are where the codec allows: no loss, but cuts fall on packets (some 25 ms). ``cross_fade``: pieces
    that adjoin overlap by ten milliseconds, one fading out as the next fades in; laid over each other
    they give the original. ``quality_validation``: each piece is decoded again and its length checked.
    """

    enhanced: StrictBool = True
    cross_fade: StrictBool = True
    quality_validation: StrictBool = False


class SplitOptions(Record):
    """Pieces by times, at silences, in equal parts or at the file's own chapters.

    ``parts`` is how many equal ones. A silence is quieter than ``silence_db`` (dBFS) for at least
    ``silence_ms``, and is cut in its middle. ``format`` None: that of the file.
    """

    operation: Literal["split"] = "split"
    by: Literal["segments", "silence", "parts", "chapters"] = "segments"
    segments: tuple[SegmentRequest, ...] = Field(default=(), max_length=MOST_SEGMENTS, strict=False)
    parts: int | None = Field(default=None, ge=2, le=MOST_SEGMENTS)
    silence_db: float = Field(default=-40.0, ge=-90, le=-10)
    silence_ms: int = Field(default=500, ge=50, le=60_000)
    format: AudioFormat | None = Field(default=None, strict=False)
    options: SplitChoices = SplitChoices()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.by == "segments") != bool(self.segments):
            raise ValueError("must have segments where by is segments, and only there")
        if (self.by == "parts") != (self.parts is not None):
            raise ValueError("must have parts where by is parts, and only there")
        for earlier, later in pairwise(sorted(self.segments, key=lambda segment: segment.start_ms)):
            if later.start_ms < earlier.end_ms:
                raise ValueError(
                    "has segments that overlap: "
                    f"{earlier.start} to {earlier.end} and {later.start} to {later.end}"
                )
        names = [segment.name for segment in self.segments if segment.name]
        if len(names) != len({name.casefold() for name in names}):
            raise ValueError("has two segments of the same name")
        if sum(len(name.encode()) for name in names) > MOST_NAMES_BYTES:
            raise ValueError(f"has names of segments that together are longer than {MOST_NAMES_BYTES} bytes")
        return self


class ClipOptions(Record):
    """A short stretch to listen to, as MP3."""

    operation: Literal["clip"] = "clip"
    start_time_ms: int = Field(ge=0, le=CLIP_LATEST_MS)
    duration_ms: int = Field(default=CLIP_DEFAULT_MS, ge=CLIP_SHORTEST_MS, le=CLIP_MOST_MS)

    @property
    def end_time_ms(self) -> int:
        """Where it ends, unless the file ends earlier."""
        return self.start_time_ms + self.duration_ms


AnalysisMetric = Literal[
    "thd_plus_n", "snr", "dynamic_range", "clipping", "loudness", "true_peak", "levels", "tempo", "key", "all"
]


class AnalyseOptions(Record):
    """What to measure."""

    operation: Literal["analyze"] = "analyze"
    metrics: tuple[AnalysisMetric, ...] = Field(default=("all",), min_length=1, max_length=20, strict=False)

    def wants(self, metric: AnalysisMetric) -> bool:
        """Whether a metric was asked for."""
        return metric in self.metrics or "all" in self.metrics


def _without_controls(text: str) -> str:
    if _CONTROLS.search(text):
        raise ValueError("must not hold control characters")
    return text


class ChapterRequest(Record):
    """A chapter; it lasts until the next one begins."""

    start: TimeText
    title: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_without_controls)]


TagText = Annotated[str, Field(max_length=MOST_TAG_CHARACTERS), AfterValidator(_without_controls)]
TagName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_ ]{0,39}$")]


class MetadataOptions(Record):
    """Tags to write; with nothing named, the file's tags are only read.

    ``tags``: an empty text removes a tag. ``cover`` is an image in base64 (JPEG or PNG), empty: remove.
    ``chapters`` replace the ones there; an empty list removes them. ``cover_stored``: the image lies beside
    the job, because its record has no room for one (:func:`~shared.domain.object_keys.cover_key`).
    """

    operation: Literal["metadata"] = "metadata"
    tags: dict[TagName, TagText] = Field(default_factory=dict, max_length=100)
    cover: str | None = Field(default=None, max_length=14_000_000)
    chapters: tuple[ChapterRequest, ...] | None = Field(default=None, max_length=MOST_CHAPTERS, strict=False)
    cover_stored: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        chapters = self.chapters or ()
        texts = [*self.tags, *self.tags.values(), *(chapter.title for chapter in chapters)]
        if sum(len(text.encode()) for text in texts) > MOST_TEXTS_BYTES:
            raise ValueError(f"has tags and chapters that together are longer than {MOST_TEXTS_BYTES} bytes")
        if len({parse_time_ms(chapter.start) for chapter in chapters}) != len(chapters):
            raise ValueError("has two chapters that begin at the same time")
        return self

    @property
    def writes(self) -> bool:
        """Whether anything is to be changed."""
        return bool(self.tags) or self.cover is not None or self.cover_stored or self.chapters is not None


class SpectrogramOptions(Record):
    """A picture of the sound (PNG), or the peaks that a player draws its waveform from (JSON)."""

    operation: Literal["spectrogram"] = "spectrogram"
    kind: Literal["mel", "linear", "waveform", "peaks"] = "mel"
    width: int = Field(default=1200, ge=200, le=4000)
    height: int = Field(default=500, ge=150, le=2000)
    points: int = Field(default=1000, ge=100, le=20_000)


Operation = Annotated[
    ConvertOptions | SplitOptions | ClipOptions | AnalyseOptions | MetadataOptions | SpectrogramOptions,
    Field(discriminator="operation"),
]
"""What a job of the audio toolbox is to do; ``operation`` says which."""
