"""Writes tags into files of our formats, by mutagen: in place, whatever else they hold stays."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import IO

from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, CHAP, COMM, CTOC, ID3, TIT2, TXXX, USLT, CTOCFlags, Frames, ID3TimeStamp
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from services.converter.tagging.mp4_chapters import write_mp4_chapters
from services.converter.tagging.tags import Chapter, Cover, Tags
from shared.domain.audio_formats import AudioFormat

_ID3 = {
    "title": "TIT2",
    "artist": "TPE1",
    "album": "TALB",
    "album_artist": "TPE2",
    "composer": "TCOM",
    "genre": "TCON",
    "date": "TDRC",
    "track": "TRCK",
    "disc": "TPOS",
    "copyright": "TCOP",
    "publisher": "TPUB",
    "language": "TLAN",
}
_MP4 = {
    "title": "\xa9nam",
    "artist": "\xa9ART",
    "album": "\xa9alb",
    "album_artist": "aART",
    "composer": "\xa9wrt",
    "genre": "\xa9gen",
    "date": "\xa9day",
    "comment": "\xa9cmt",
    "lyrics": "\xa9lyr",
    "copyright": "cprt",
    "description": "desc",
}
_MP4_PAIRS = {"track": "trkn", "disc": "disk"}
_VORBIS = {"album_artist": "ALBUMARTIST", "track": "TRACKNUMBER", "disc": "DISCNUMBER"}


def write_tags(file: IO[bytes], form: AudioFormat, tags: Tags) -> None:
    """Give the file these texts, this cover and these chapters, replacing the ones it has.

    A text that is empty is removed; texts that are not named stay.
    """
    file.seek(0)
    match form:
        case AudioFormat.MP3:
            audio = MP3(file)
            _write_id3(audio, tags)
        case AudioFormat.WAV:
            audio = WAVE(file)
            _write_id3(audio, tags)
        case AudioFormat.M4A:
            write_mp4_chapters(file, tags.chapters)
            file.seek(0)
            audio = MP4(file)
            _write_mp4(audio, tags)
        case AudioFormat.FLAC:
            audio = FLAC(file)
            _write_vorbis(audio, tags.texts, tags.chapters)
            audio.clear_pictures()
            if tags.cover is not None:
                audio.add_picture(_picture(tags.cover))
        case AudioFormat.OGG | AudioFormat.OPUS:
            audio = OggVorbis(file) if form is AudioFormat.OGG else OggOpus(file)
            _write_vorbis(audio, tags.texts, tags.chapters)
            audio.pop("metadata_block_picture", None)
            if tags.cover is not None:
                picture = base64.b64encode(_picture(tags.cover).write()).decode("ascii")
                audio["metadata_block_picture"] = [picture]
    file.seek(0)
    audio.save(file)


def _write_id3(audio: MP3 | WAVE, tags: Tags) -> None:
    if audio.tags is None:
        audio.add_tags()
    frames: ID3 = audio.tags
    for name, text in tags.texts.items():
        _write_id3_text(frames, name, text)
    for kind in ("APIC", "CHAP", "CTOC"):
        frames.delall(kind)
    if tags.cover is not None:
        frames.add(APIC(encoding=3, mime=tags.cover.content_type, type=3, desc="", data=tags.cover.image))
    for number, chapter in enumerate(tags.chapters):
        frames.add(
            CHAP(
                element_id=f"chp{number}",
                start_time=chapter.start_ms,
                end_time=chapter.end_ms,
                sub_frames=[TIT2(encoding=3, text=[chapter.title])],
            )
        )
    if tags.chapters:
        elements = [f"chp{number}" for number in range(len(tags.chapters))]
        flags = CTOCFlags.TOP_LEVEL | CTOCFlags.ORDERED
        frames.add(CTOC(element_id="toc", flags=flags, child_element_ids=elements, sub_frames=[]))


def _write_id3_text(frames: ID3, name: str, text: str) -> None:
    if name == "comment":
        frames.delall("COMM")
        frame = COMM(encoding=3, lang="eng", desc="", text=[text])
    elif name == "lyrics":
        frames.delall("USLT")
        frame = USLT(encoding=3, lang="eng", desc="", text=text)
    elif name in _ID3:
        frames.delall(_ID3[name])
        stamp = [ID3TimeStamp(text)] if name == "date" else [text]
        frame = Frames[_ID3[name]](encoding=3, text=stamp)
    else:
        frames.delall(f"TXXX:{name}")
        frame = TXXX(encoding=3, desc=name, text=[text])
    if text:
        frames.add(frame)


def _write_mp4(audio: MP4, tags: Tags) -> None:
    if audio.tags is None:
        audio.add_tags()
    for name, text in tags.texts.items():
        key = _MP4.get(name) or _MP4_PAIRS.get(name) or f"----:com.apple.iTunes:{name}"
        audio.pop(key, None)
        if not text:
            continue
        if name in _MP4_PAIRS:
            audio[key] = [_pair(text)]
        elif name in _MP4:
            audio[key] = [text]
        else:
            audio[key] = [MP4FreeForm(text.encode())]
    audio.pop("covr", None)
    if tags.cover is not None:
        jpeg = tags.cover.content_type == "image/jpeg"
        audio["covr"] = [MP4Cover(tags.cover.image, MP4Cover.FORMAT_JPEG if jpeg else MP4Cover.FORMAT_PNG)]


def _pair(text: str) -> tuple[int, int]:
    """``3/12`` or ``3``; what is no number counts as 0, which MP4 takes for unknown."""
    number, _, total = text.partition("/")
    return _number(number), _number(total)


def _number(text: str) -> int:
    return min(int(text), 65_535) if text.strip().isascii() and text.strip().isdigit() else 0


def _write_vorbis(
    audio: FLAC | OggVorbis | OggOpus, texts: Mapping[str, str], chapters: tuple[Chapter, ...]
) -> None:
    """Vorbis comments; chapters as https://wiki.xiph.org/Chapter_Extension has them."""
    if audio.tags is None:
        audio.add_tags()
    for key in [key for key, _ in audio.tags if key.lower().startswith("chapter")]:
        audio.pop(key, None)
    for name, text in texts.items():
        key = _VORBIS.get(name, name.upper())
        if text:
            audio[key] = [text]
        else:
            audio.pop(key, None)
    for number, chapter in enumerate(chapters):
        seconds, milliseconds = divmod(chapter.start_ms, 1000)
        minutes, seconds = divmod(seconds, 60)
        time = f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{milliseconds:03d}"
        audio[f"CHAPTER{number:03d}"] = [time]
        audio[f"CHAPTER{number:03d}NAME"] = [chapter.title]


def _picture(cover: Cover) -> Picture:
    picture = Picture()
    picture.type = 3
    picture.mime = cover.content_type
    picture.data = cover.image
    return picture
