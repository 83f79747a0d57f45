"""What the settings say of signing in, put together: for the API, and for the function of its WebSockets."""

from __future__ import annotations

from services.api_lambda.authentication import Authenticator
from services.api_lambda.settings import TokenSettings
from services.api_lambda.tokens import TokenVerifier
from shared.ports.api_key_store import ApiKeyStore
from shared.ports.clock import Clock
from shared.ports.user_directory import UserDirectory


def make_authenticator(
    settings: TokenSettings,
    *,
    keys: ApiKeyStore,
    users: UserDirectory,
    clock: Clock,
    remember_seconds: float,
) -> Authenticator:
    """Finds callers by key, and by token where there is an issuer."""
    return Authenticator(
        keys=keys,
        users=users,
        tokens=_token_verifier(settings, clock),
        clock=clock,
        remember_seconds=remember_seconds,
    )


def _token_verifier(settings: TokenSettings, clock: Clock) -> TokenVerifier | None:
    """Checks tokens of the issuer; None where none is set. Its keys are fetched with the first token."""
    if settings.token_issuer is None:
        return None
    from services.api_lambda.issuer_keys import IssuerKeys, fetcher
    from services.api_lambda.tokens import TokenPolicy

    return TokenVerifier(
        keys=IssuerKeys(fetcher(settings.jwks_url), clock),
        policy=TokenPolicy(settings.token_issuer, settings.token_audiences, settings.token_leeway_seconds),
    )
