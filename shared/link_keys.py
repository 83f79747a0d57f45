"""Where the key comes from that signs links and webhooks' secrets: the environment, or Secrets Manager."""

from __future__ import annotations

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from shared.links import LinkSigningKey
from shared.ports.secrets import SecretMissing, SecretStore
from shared.settings import SettingsError


class LinkKeySettings(BaseModel):
    """The settings of a service that signs or reads: the key itself, or where it lies."""

    link_signing_key: LinkSigningKey | None = Field(
        default=None,
        description="The secret that signs download links and that webhooks' secrets come from, at least 32 "
        "bytes; the API and the notifier have the same. Required, unless "
        "LINK_SIGNING_KEY_SECRET_ARN is given.",
    )
    link_signing_key_secret_arn: str | None = Field(
        default=None,
        validate_default=True,
        description="Where that secret lies in Secrets Manager; after a rotation, links signed with the "
        "previous value are still good, and webhooks are signed for both. It is read when a process starts.",
    )

    @field_validator("link_signing_key_secret_arn")
    @classmethod
    def _one_of_the_two(cls, arn: str | None, others: ValidationInfo) -> str | None:
        if "link_signing_key" in others.data and (arn is None) == (others.data["link_signing_key"] is None):
            raise ValueError("needed, or LINK_SIGNING_KEY in its place; one of the two")
        return arn


def link_signing_keys(settings: LinkKeySettings, secrets: SecretStore) -> tuple[str, ...]:
    """The current one first. Raises ``SettingsError`` where the secret isn't there."""
    if settings.link_signing_key is not None:
        return (settings.link_signing_key.get_secret_value(),)
    arn = settings.link_signing_key_secret_arn or ""
    try:
        return secrets.values(arn)
    except SecretMissing:
        raise SettingsError(f"LINK_SIGNING_KEY_SECRET_ARN: there is no secret {arn}") from None
