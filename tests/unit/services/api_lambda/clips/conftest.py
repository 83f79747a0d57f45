"""A file to cut from, a converter, and both routes of clips."""

import pytest

from shared.domain.files import FileStatus
from shared.testing.builders import make_file
from tests.support.clip_calls import Converter


@pytest.fixture
def file(world):
    """A file of the first user's that is there and was transcribed."""
    record = make_file(status=FileStatus.UPLOADED, transcribed_at=world.clock.now(), filename="Q3 talk.mp3")
    world.files.create(record)
    return record


@pytest.fixture
def converter(world):
    return Converter(world)


@pytest.fixture(params=["/v1/clips/", "/api/v1/audio_clips/"], ids=["ours", "published"])
def route(request):
    return request.param
