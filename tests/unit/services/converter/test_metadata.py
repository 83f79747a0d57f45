import base64
import io

import numpy as np
import pytest

from services.converter.operations.metadata import write_metadata
from services.converter.tagging.reading import read_tags
from services.converter.tagging.tags import Chapter, Cover, Tags
from services.converter.tagging.writing import write_tags
from shared.domain.audio_formats import AudioFormat
from shared.domain.audio_operations import MetadataOptions
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from tests.support.media import video
from tests.support.sound import decode, encode, png, sine

FILES = {
    AudioFormat.MP3: ("mp3", "libmp3lame", 44_100),
    AudioFormat.FLAC: ("flac", "flac", 44_100),
    AudioFormat.WAV: ("wav", "pcm_s16le", 44_100),
    AudioFormat.M4A: ("ipod", "aac", 44_100),
    AudioFormat.OPUS: ("opus", "libopus", 48_000),
}
COVER = base64.b64encode(png()).decode()


def media(form):
    container, codec, rate_hz = FILES[form]
    return encode(sine(2, rate_hz), rate_hz, container, codec)


def written(content, target, **options):
    return write_metadata(io.BytesIO(content), target, MetadataOptions.model_validate(options))


@pytest.mark.parametrize("form", FILES)
def test_what_is_written_can_be_read_and_the_sound_stays(form, target):
    chapters = [{"start": "0:01", "title": "Two"}, {"start": "0:00", "title": "One"}]

    found, tags = written(
        media(form),
        target,
        tags={"title": "T", "albumArtist": "Several", "Our Own": "x"},
        cover=COVER,
        chapters=chapters,
    )

    assert found is form
    read = read_tags(target)
    assert read.texts.items() >= {"title": "T", "album_artist": "Several", "our_own": "x"}.items()
    assert read.cover == Cover("image/png", png())
    assert [(chapter.title, chapter.start_ms) for chapter in read.chapters] == [("One", 0), ("Two", 1_000)]
    assert np.array_equal(decode(target), decode(media(form)))
    assert tags.texts["title"] == "T"


@pytest.mark.parametrize("form", FILES)
def test_what_is_not_named_stays(form, target, scratch):
    scratch.write(media(form))
    chapters = (Chapter(0, 1_000, "One"), Chapter(1_000, 2_000, "Two"))
    write_tags(scratch, form, Tags({"title": "Old", "own": "kept"}, Cover("image/png", png()), chapters))
    scratch.seek(0)

    written(scratch.read(), target, tags={"title": "New"}, chapters=[])

    read = read_tags(target)
    assert read.texts.items() >= {"title": "New", "own": "kept"}.items()
    assert read.cover is not None
    assert read.chapters == ()


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"cover": base64.b64encode(b"GIF89a, not a picture").decode()}, Fault.COVER_NOT_AN_IMAGE),
        ({"cover": "*not base64*"}, Fault.COVER_NOT_AN_IMAGE),
        ({"cover": base64.b64encode(png() + bytes(10_485_760)).decode()}, Fault.TAGS_TOO_LARGE),
        ({"chapters": [{"start": "1:00", "title": "Late"}]}, Fault.SEGMENT_OUTSIDE_AUDIO),
    ],
    ids=["gif", "no-base64", "huge", "late-chapter"],
)
def test_what_can_not_be_written_fails_with_a_reason(options, fault, target):
    with pytest.raises(PermanentError) as raised:
        written(media(AudioFormat.FLAC), target, **options)

    assert raised.value.fault is fault


@pytest.mark.parametrize("container", ["matroska", "aiff"])
def test_other_formats_have_no_tags_that_could_be_written(container, target):
    content = encode(sine(1), container=container, codec="pcm_s16be" if container == "aiff" else "flac")

    with pytest.raises(PermanentError) as raised:
        written(content, target, tags={"title": "T"})

    assert raised.value.fault is Fault.TAGS_UNSUPPORTED


@pytest.mark.parametrize(
    "options",
    [
        {"tags": {"comment": "x" * 10_001}},
        {"tags": {"../etc": "x"}},
        {"tags": {f"t{index}": "x" for index in range(101)}},
        {"cover": "x" * 14_000_001},
        {"chapters": [{"start": "soon", "title": "T"}]},
    ],
    ids=["long", "path", "many", "cover", "time"],
)
def test_too_much_is_refused_before_any_file_is_opened(options):
    with pytest.raises(ValueError, match="validation error"):
        MetadataOptions.model_validate(options)


def test_video_is_left_alone(target):
    with pytest.raises(PermanentError) as raised:
        written(video(1, audio=sine(1, 16_000)[:, 0]), target, tags={"title": "T"})

    assert raised.value.fault is Fault.TAGS_UNSUPPORTED
