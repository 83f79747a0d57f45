import io

import pytest

from services.converter.operations.convert import convert
from services.converter.tagging.reading import read_tags
from services.converter.tagging.tags import Chapter, Cover, Tags
from services.converter.tagging.writing import write_tags
from shared.domain.audio_formats import AudioFormat
from shared.domain.audio_operations import ConvertOptions
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from tests.support.sound import decode, encode, png, sine

FORMS = [pytest.param(form, marks=pytest.mark.heavy if form == "mp3" else ()) for form in AudioFormat]
TEXTS = {
    "title": "Größe & <Tag> – 日本",
    "artist": "An Artist",
    "album": "An Album",
    "album_artist": "Several",
    "composer": "C. Omposer",
    "genre": "Speech",
    "date": "2024-05-06",
    "track": "3/12",
    "disc": "1/2",
    "comment": "two\nlines",
    "copyright": "2024 Nobody",
    "show": "a name of our own",
}
CHAPTERS = (Chapter(0, 700, "First"), Chapter(700, 1_250, "Second: ü"), Chapter(1_250, 2_000, "Third"))
ALL = Tags(TEXTS, Cover("image/png", png()), CHAPTERS)


def tagged(form, target, tags=ALL):
    convert(io.BytesIO(encode(sine(2))), target, ConvertOptions(format=form))
    write_tags(target, form, tags)
    return target


def names_and_starts(tags):
    return [(chapter.title, chapter.start_ms) for chapter in tags.chapters]


@pytest.mark.parametrize("form", FORMS)
def test_tags_cover_and_chapters_come_back_as_they_were_written(form, target):
    tags = read_tags(tagged(form, target))

    assert {name: tags.texts.get(name) for name in TEXTS} == TEXTS
    assert tags.cover == ALL.cover
    assert names_and_starts(tags) == names_and_starts(ALL)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("origin", [AudioFormat.FLAC, AudioFormat.M4A, AudioFormat.OGG])
def test_converting_keeps_them_all(origin, form, target, scratch):
    source = tagged(origin, scratch)

    convert(source, target, ConvertOptions(format=form))

    tags = read_tags(target)
    assert {name: tags.texts.get(name) for name in TEXTS} == TEXTS
    assert tags.cover == ALL.cover
    assert names_and_starts(tags) == names_and_starts(ALL)


@pytest.mark.parametrize("form", FORMS)
def test_the_sound_is_not_touched(form, target, scratch):
    convert(io.BytesIO(encode(sine(2))), scratch, ConvertOptions(format=form))

    assert (decode(scratch) == decode(tagged(form, target))).all()


@pytest.mark.parametrize("form", FORMS)
def test_none_are_kept_when_nobody_wants_them(form, target, scratch):
    source = tagged(AudioFormat.FLAC, scratch)

    convert(source, target, ConvertOptions(format=form, preserve_metadata=False))

    tags = read_tags(target)
    assert not set(TEXTS) & set(tags.texts)
    assert tags.cover is None
    assert tags.chapters == ()


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_text_removes_a_tag_and_others_stay(form, target):
    tagged(form, target)

    write_tags(target, form, Tags({"artist": "", "title": "New"}))

    tags = read_tags(target)
    assert "artist" not in tags.texts
    assert tags.texts["title"] == "New"
    assert tags.texts["album"] == "An Album"
    assert tags.cover is None
    assert tags.chapters == ()


@pytest.mark.parametrize("image", [b"", b"GIF89a", b"<svg/>", png()[:20], b"\xff\xd8\xff" + bytes(50)])
def test_what_is_no_image_is_no_cover(image):
    with pytest.raises(PermanentError) as raised:
        Cover.of(image)

    assert raised.value.fault is Fault.COVER_NOT_AN_IMAGE


def test_a_picture_of_more_than_ten_megabytes_is_no_cover():
    with pytest.raises(PermanentError) as raised:
        Cover.of(png() + bytes(11 * 1024 * 1024))

    assert raised.value.fault is Fault.TAGS_TOO_LARGE


def test_texts_of_ten_megabytes_are_left_behind(target, scratch):
    source = tagged(AudioFormat.FLAC, scratch, Tags({"comment": "x" * 10_000_000, "title": "Kept"}))

    convert(source, target, ConvertOptions(format="opus"))

    assert read_tags(target).texts == {"title": "Kept"}
