"""Takes the wish of a user to be forgotten; the reconciler fulfils it.

::

    receipt stored ─▶ account closed ─▶ answered        (a minute or two later) reconciler ─▶ … ─▶ completed

The receipt is stored first: from then on the account will be erased, whatever becomes of this call. A call
that is repeated finds the account closed, and answers the receipt that it was closed with.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.api_lambda.authentication import Authenticator
from shared.domain.erasures import Erasure
from shared.domain.ids import new_id
from shared.domain.users import User
from shared.log import get_logger
from shared.ports.clock import Clock
from shared.ports.erasure_store import ErasureStore
from shared.ports.user_directory import UserDirectory

_log = get_logger(__name__)


@dataclass(frozen=True)
class ErasureRequests:
    """What ``DELETE /v1/me`` does, and where its receipts are."""

    store: ErasureStore
    users: UserDirectory
    authenticator: Authenticator
    clock: Clock

    def __call__(self, user_id: str) -> Erasure:
        """Have a user forgotten; other processes take the user's credentials for up to a minute yet."""
        now = self.clock.now()
        erasure = Erasure(receipt_id=new_id(), user_id=user_id, requested_at=now)
        self.store.add(erasure)
        self.users.add(User(user_id=user_id, created_at=now))  # who has none: there is a profile to close
        stands = self.users.close(user_id, receipt_id=erasure.receipt_id)
        self.authenticator.forget_user(user_id)
        earlier = None if stands == erasure.receipt_id else self.store.get(stands)
        if earlier is not None:
            self.store.drop(erasure.receipt_id)
            return earlier
        _log.info("erasure asked for", user_id=user_id, receipt_id=erasure.receipt_id)
        return erasure
