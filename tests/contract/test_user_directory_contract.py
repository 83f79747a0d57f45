"""Users and their profiles."""

from __future__ import annotations

from shared.domain.tiers import LimitOverrides, Tier
from shared.testing.builders import make_user


def test_a_user_comes_back_and_the_latest_profile_stands(users):
    users.put(make_user())
    users.put(make_user(email="new@example.com", tier=Tier.PRO, limits=LimitOverrides(jobs_at_once=7)))
    stored = users.get("user-1")
    assert (stored.email, stored.tier, stored.limits.jobs_at_once) == ("new@example.com", Tier.PRO, 7)


def test_a_profile_that_is_there_is_not_replaced_by_adding_it(users):
    users.put(make_user(tier=Tier.ENTERPRISE))
    assert users.add(make_user(email=None)) == make_user(tier=Tier.ENTERPRISE)
    assert users.get("user-1") == make_user(tier=Tier.ENTERPRISE)


def test_a_user_without_an_address_can_be_added(users):
    assert users.add(make_user(email=None)).email is None
    assert users.get("user-1") == make_user(email=None)


def test_a_deleted_user_is_gone_and_deleting_again_is_no_error(users):
    users.put(make_user())
    users.delete("user-1")
    users.delete("user-1")
    assert users.get("user-1") is None


def test_who_is_not_known_is_none(users):
    assert users.get("nobody") is None
