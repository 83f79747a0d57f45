"""What storage forgets by itself where our own provisioner made the buckets."""

from __future__ import annotations

import pytest

from local.provision import Plan, provision
from shared.domain.ids import new_id
from shared.domain.object_keys import clip_key

pytestmark = pytest.mark.emulator


def test_clips_are_forgotten_after_thirty_days_and_nothing_else(emulated_cloud):
    resources = provision(emulated_cloud.connection, Plan(prefix=f"clips-{new_id().lower()}"))

    rules = emulated_cloud.s3.get_bucket_lifecycle_configuration(Bucket=resources.transcript_bucket_name)

    [rule] = rules["Rules"]
    assert rule["Status"] == "Enabled"
    assert rule["Expiration"]["Days"] == 30
    assert clip_key(new_id(), 0, 1_000).startswith(rule["Filter"]["Prefix"])
