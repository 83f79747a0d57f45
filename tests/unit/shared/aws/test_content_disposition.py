from __future__ import annotations

from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.aws.content_disposition import content_disposition


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("meeting.txt", "attachment; filename=\"meeting.txt\"; filename*=UTF-8''meeting.txt"),
        ("año.txt", "attachment; filename=\"ano.txt\"; filename*=UTF-8''a%C3%B1o.txt"),
        ('a"b\\c.txt', "attachment; filename=\"a_b_c.txt\"; filename*=UTF-8''a%22b_c.txt"),
        ("../../etc/passwd", "attachment; filename=\".._.._etc_passwd\"; filename*=UTF-8''.._.._etc_passwd"),
        ("日本", "attachment; filename=\"download\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC"),
        (
            "a\r\nSet-Cookie: x",
            "attachment; filename=\"a__Set-Cookie_ x\"; filename*=UTF-8''a__Set-Cookie%3A%20x",
        ),
    ],
)
def test_a_download_is_named_for_old_and_new_clients(filename, header):
    assert content_disposition(filename) == header
    assert content_disposition(filename, inline=True) == header.replace("attachment", "inline", 1)


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_no_file_name_can_leave_its_place_in_the_header(filename):
    header = content_disposition(filename)
    assert header.isascii()
    assert header.isprintable()
    message = Message()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == "attachment"
    assert header.count('"') == 2
    assert len(unquote(header.partition("UTF-8''")[2])) == len(filename)
