"""Reads ``multipart/form-data`` (RFC 7578) that lies in memory whole."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

MOST_PARTS = 32
_HEADERS = BytesHeaderParser()


class NotFormData(Exception):
    """The body is not what its Content-Type says."""


@dataclass(frozen=True)
class FormPart:
    """One field; ``filename`` is None for one that is no file."""

    name: str
    content: bytes
    filename: str | None
    content_type: str

    @property
    def text(self) -> str:
        """A field's value. Raises ``NotFormData`` for one that is not UTF-8."""
        try:
            return self.content.decode()
        except UnicodeDecodeError as error:
            raise NotFormData(f"the field {self.name!r} is not UTF-8") from error


def form_parts(body: bytes, content_type: str) -> tuple[FormPart, ...]:
    """The fields in their order. Raises ``NotFormData``."""
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary or not boundary.isascii():
        raise NotFormData("the Content-Type names no form data with a boundary")
    # A delimiter begins a line; the first may begin the body itself.
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii"), MOST_PARTS + 1)
    if len(pieces) < 3 or len(pieces) > MOST_PARTS + 1 or not pieces[-1].startswith(b"--"):
        raise NotFormData("the body does not end with its boundary, or has too many parts")
    return tuple(_part(piece) for piece in pieces[1:-1])


def _part(piece: bytes) -> FormPart:
    head, blank, content = piece.partition(b"\r\n\r\n")
    headers = _HEADERS.parsebytes(head.lstrip())
    name = headers.get_param("name", header="Content-Disposition")
    if not blank or headers.get_content_disposition() != "form-data" or not isinstance(name, str):
        raise NotFormData("a part has no name")
    return FormPart(name, content, headers.get_filename(), headers.get_content_type())
