"""Files without a job go when their owner's tier keeps them no longer, and a while later."""

from __future__ import annotations

from datetime import timedelta

from shared.domain.files import FileStatus
from shared.domain.object_keys import clip_key
from shared.testing.builders import make_file

DAY_SECONDS = 86_400


def given_file(platform, **changes):
    now = platform.clock.now()
    file = make_file(
        **{
            "status": FileStatus.UPLOADED,
            "upload_expires_at": now,
            "kept_until": now + timedelta(days=7),
            **changes,
        }
    )
    platform.files.create(file)
    platform.audio.write(file.key, b"audio", content_type=file.content_type)
    platform.transcripts.write(clip_key(file.file_id, 0, 1000), b"clip", content_type="audio/mpeg")
    return file


def test_a_file_is_deleted_with_its_clips_two_days_after_its_time(platform):
    file = given_file(platform)
    platform.clock.advance(9 * DAY_SECONDS - 1)
    platform.reconcile()
    assert set(platform.audio.objects) == {file.key}
    platform.clock.advance(1)
    platform.reconcile()
    assert platform.audio.objects == platform.transcripts.objects == {}
    assert platform.files.get(file.file_id).status is FileStatus.DELETED
    assert platform.files.without_job(file.user_id) == ()


def test_one_that_is_kept_for_longer_or_for_good_stays(platform):
    longer = given_file(platform, kept_until=platform.clock.now() + timedelta(days=30))
    for_good = given_file(platform, kept_until=None)
    platform.clock.advance(10 * DAY_SECONDS)
    platform.reconcile()
    assert set(platform.audio.objects) == {longer.key, for_good.key}
