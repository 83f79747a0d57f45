import io
import random
import struct
import wave
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api_lambda.first_bytes import HEAD_BYTES, what_it_is_instead


def kind_of(body: bytes) -> str | None:
    return what_it_is_instead(lambda start, length: body[start : start + length])


def wav_bytes(seconds: float = 0.05) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(int(seconds * 16_000) * 2))
    return buffer.getvalue()


def zip_bytes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return buffer.getvalue()


def id3_tag(content: bytes, *, footer: bool = False) -> bytes:
    size = bytes((len(content) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    flags = b"\x10" if footer else b"\x00"
    header = b"ID3\x04\x00" + flags + size
    return header + content + (b"3DI\x04\x00\x10" + size if footer else b"")


MP3_FRAME = b"\xff\xfb\x90\x64" + bytes(413)
PLAYLIST = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"

MEDIA = {
    "wav": wav_bytes(),
    "mp3": MP3_FRAME * 3,
    "mp3 with tag": id3_tag(bytes(20)) + MP3_FRAME,
    "mp3 with cover": id3_tag(b"APIC" + b"\xff\xd8\xff" * 2000) + MP3_FRAME,
    "mp3 with tag and footer": id3_tag(bytes(20), footer=True) + MP3_FRAME,
    "a tag alone": id3_tag(bytes(20)),
    "half a tag header": b"ID3\x04",
    "flac": b"fLaC\x00\x00\x00\x22" + bytes(34),
    "ogg": b"OggS\x00\x02" + bytes(20) + b"\x01\x1eOpusHead",
    "m4a": b"\x00\x00\x00\x20ftypM4A \x00\x00\x02\x00",
    "mp4": b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00",
    "mov without ftyp": b"\x00\x00\x08\x00moov\x00\x00\x00\x6cmvhd",
    "webm": b"\x1a\x45\xdf\xa3\x01\x00\x00\x00",
    "avi": b"RIFF\x00\x10\x00\x00AVI LIST",
    "aiff": b"FORM\x00\x00\x10\x00AIFFCOMM\x00",
    "amr": b"#!AMR\n\x3c\x08\x55\x01",
    "au": b".snd\x00\x00\x00\x18",
    "wma": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
    "flv": b"FLV\x01\x05\x00\x00\x00\x09",
    "mpeg-ts": b"\x47\x40\x00\x10\x00",
    "aac": b"\xff\xf1\x50\x80\x02\x1f\xfc",
    "unknown": random.Random(7).randbytes(HEAD_BYTES),
    "one zero": b"\x00",
}

OTHER = {
    "plain text": (b"This is not audio at all.\r\n\tReally.\n" * 300, "plain text"),
    "text cut inside a character": (b"a" * (HEAD_BYTES - 1) + "ñ".encode(), "plain text"),
    "Spanish text in Latin-1": ("Año y señal: según él, ¿qué?".encode("latin-1"), "plain text"),
    "UTF-16 text": ("Guten Tag, schöne Welt".encode("utf-16"), "plain text"),
    "text with a mark": (b"\xef\xbb\xbfHello", "plain text"),
    "one letter": (b"a", "plain text"),
    "JSON": (b'{"hello": [1, 2]}', "a JSON document"),
    "JSON list": (b"  [1, 2]", "a JSON document"),
    "HTML": (b"\n<!DOCTYPE html><html></html>", "an HTML page"),
    "XML": (b"<?xml version='1.0'?><MPD/>", "an XML document"),
    "SVG": (b"<svg xmlns='x'/>", "an SVG image"),
    "script": (b"#!/bin/sh\necho\n", "a script"),
    "m3u8": (PLAYLIST, "a playlist"),
    "m3u8 with a mark": (b"\xef\xbb\xbf" + PLAYLIST, "a playlist"),
    "m3u8 with binary": (b"#EXTM3U\n\x00\x01", "a playlist"),
    "m3u8 behind a tag": (id3_tag(bytes(20)) + PLAYLIST, "a playlist"),
    "m3u8 behind a long tag": (id3_tag(bytes(90_000)) + PLAYLIST, "a playlist"),
    "m3u8 behind a tag with footer": (id3_tag(bytes(20), footer=True) + PLAYLIST, "a playlist"),
    "concat": (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "a playlist"),
    "pls": (b"[playlist]\nFile1=http://example.com\n", "a playlist"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF document"),
    "RTF": (b"{\\rtf1\\ansi hello}", "an RTF document"),
    "docx": (zip_bytes(), "a ZIP archive or an office document"),
    "doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(8), "an office document"),
    "gzip": (b"\x1f\x8b\x08\x00", "a gzip archive"),
    "tar": (b"name".ljust(257, b"\x00") + b"ustar\x00", "a tar archive"),
    "PNG": (b"\x89PNG\r\n\x1a\n\x00\x00", "a PNG image"),
    "JPEG": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a JPEG image"),
    "GIF": (b"GIF89a\x01\x00", "a GIF image"),
    "WebP": (b"RIFF\x00\x10\x00\x00WEBPVP8 ", "a WebP image"),
    "HEIC": (b"\x00\x00\x00\x18ftypheic\x00\x00", "an image"),
    "BMP": (b"BM" + struct.pack("<IHHI", 1000, 0, 0, 54), "a BMP image"),
    "ELF": (b"\x7fELF\x02\x01\x01", "a program"),
    "Windows program": (b"MZ\x90\x00\x03", "a program"),
}


@pytest.mark.parametrize("body", MEDIA.values(), ids=MEDIA.keys())
def test_what_may_be_media_passes(body):
    assert kind_of(body) is None


@pytest.mark.parametrize(("body", "kind"), OTHER.values(), ids=OTHER.keys())
def test_what_is_surely_no_media_is_named(body, kind):
    assert kind_of(body) == kind


@given(st.binary(max_size=600))
def test_no_bytes_are_too_odd_to_be_looked_at(body):
    kind = kind_of(body)

    assert kind is None or kind.startswith(("a ", "an ", "plain "))
