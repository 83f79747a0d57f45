"""Tells by its first bytes that a file is surely not audio or video.

The list is of what to refuse: whatever it does not know passes, and FFmpeg decides later. Libraries that
name file types are made for the opposite, a name for everything, and guess where they are not sure.
Playlists matter most: FFmpeg would open the files and addresses that they name.

Signatures: https://en.wikipedia.org/wiki/List_of_file_signatures, and for playlists the probes of FFmpeg
(libavformat/hls.c, concatdec.c). Text is what holds no control characters: every container that FFmpeg
reads has binary fields (lengths, counters, zeros) within its first bytes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

HEAD_BYTES = 4096

_ID3_HEADER_BYTES = 10
_ISO_IMAGE_BRANDS = frozenset(
    {b"avif", b"avis", b"crx ", b"heic", b"heif", b"heix", b"hevc", b"mif1", b"msf1"}
)

_PREFIXES: tuple[tuple[bytes, str], ...] = (
    (b"#EXTM3U", "a playlist"),
    (b"ffconcat", "a playlist"),
    (b"[playlist]", "a playlist"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"8BPS", "a Photoshop image"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xce\xfa\xed\xfe", "a program"),
    (b"\x00asm", "a program"),
    (b"SQLite format 3\x00", "a database"),
)
_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"#EXTM3U|ffconcat|\[playlist\]", re.IGNORECASE), "a playlist"),
    (re.compile(r"<!doctype html|<html|<head|<body", re.IGNORECASE), "an HTML page"),
    (re.compile(r"<svg", re.IGNORECASE), "an SVG image"),
    (re.compile(r"<\?xml"), "an XML document"),
    (re.compile(r"#!"), "a script"),
    (re.compile(r'\{\s*["}]|\[\s*[\[{"\d\]]'), "a JSON document"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def what_it_is_instead(read: Callable[[int, int], bytes]) -> str | None:
    """What a file is when it is not media, as a noun with its article; None where it may be media.

    ``read(start, length)`` gives at most ``length`` bytes of the file. Bytes behind an ID3v2 tag are
    looked at too: FFmpeg skips the tag before it probes, whatever stands behind it.
    """
    head = read(0, HEAD_BYTES)
    tag_bytes = _id3_tag_bytes(head)
    if tag_bytes:
        head = read(tag_bytes, HEAD_BYTES)
    return _binary_kind(head) or _text_kind(head)


def _id3_tag_bytes(head: bytes) -> int:
    """Length of the ID3v2 tag at the start, 0 if there is none: https://id3.org/id3v2.4.0-structure."""
    if not head.startswith(b"ID3") or len(head) < _ID3_HEADER_BYTES:
        return 0
    has_footer = bool(head[5] & 0x10)
    size_bytes = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    return size_bytes + _ID3_HEADER_BYTES * (2 if has_footer else 1)


def _binary_kind(head: bytes) -> str | None:
    for prefix, kind in _PREFIXES:
        if head.startswith(prefix):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "a WebP image"
    if head[4:8] == b"ftyp" and head[8:12] in _ISO_IMAGE_BRANDS:
        return "an image"
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "a BMP image"
    if head[257:262] == b"ustar":
        return "a tar archive"
    return None


def _text_kind(head: bytes) -> str | None:
    text = _as_text(head)
    if text is None:
        return None
    start = text.lstrip()
    return next((kind for pattern, kind in _TEXTS if pattern.match(start)), "plain text")


def _as_text(head: bytes) -> str | None:
    """The head read as text; None if it holds what text does not, or nothing at all."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            text = codecs.getincrementaldecoder("utf-16")().decode(head)
        except UnicodeDecodeError:
            return None
    else:
        text = head.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")
    return None if not text or _CONTROL.search(text) else text
