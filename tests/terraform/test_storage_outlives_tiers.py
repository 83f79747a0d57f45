"""Nothing is deleted by a bucket that a tier still keeps: tiers are the reconciler's business."""

from __future__ import annotations

import pytest

from services.reconciler.kept_files import GRACE
from services.reconciler.settings import SweepLimits
from shared.domain.tiers import LIMITS
from tests.support.planned import Planned

pytestmark = pytest.mark.terraform

LONGEST_KEPT_DAYS = max(limits.kept_days for limits in LIMITS.values())
A_ROUND_DAYS = SweepLimits().retention_round_seconds / 86_400


def days_to_deletion(plan: Planned, bucket: str) -> int:
    """Of everything in the bucket, not of what a prefix names."""
    configurations = plan.of("aws_s3_bucket_lifecycle_configuration")
    (rules,) = [one["rule"] for address, one in configurations.items() if f'["{bucket}"]' in address]
    (rule,) = [rule for rule in rules if rule["id"] == "forget"]
    days: int = rule["expiration"][0]["days"]
    return days


@pytest.mark.parametrize("bucket", ["audio", "transcripts"])
def test_a_bucket_keeps_things_for_longer_than_any_tier_and_the_sweeps_after_it(plan: Planned, bucket: str):
    swept_after_days = LONGEST_KEPT_DAYS + GRACE.days + A_ROUND_DAYS
    assert days_to_deletion(plan, bucket) > swept_after_days
