"""What the API and the router read from their environment."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field, HttpUrl, model_validator

from shared.domain.jobs import JobType
from shared.link_keys import LinkKeySettings
from shared.prices import dollars_per_second
from shared.settings import JobQueueUrls, ServiceSettings, TaskSize

_GIB = 1024**3


class ApiLimits(TaskSize):
    """The bounds of what callers may send, and how long what they get is good for."""

    max_file_bytes: int = Field(
        default=2 * _GIB, ge=1, le=5 * _GIB, description="The largest file taken; S3 takes 5 GiB in one PUT."
    )
    max_body_bytes: int = Field(default=64 * 1024, ge=1024, description="The largest request body taken.")
    upload_expires_seconds: int = Field(
        default=3600, ge=60, le=43_200, description="How long an upload URL takes a file."
    )
    download_expires_seconds: int = Field(
        default=900, ge=30, le=43_200, description="How long a download URL gives a file."
    )
    api_key_cache_seconds: float = Field(
        default=60,
        ge=0,
        description="How long a key or token that was found valid is not looked up again: a revoked key may "
        "live on, and a changed profile be unknown, for this long.",
    )
    transcribed_bytes_per_second: int = Field(
        default=100_000,
        ge=1,
        description="How many bytes of audio file one worker transcribes in a second: estimatedDuration.",
    )
    converted_bytes_per_second: int = Field(
        default=2_000_000,
        ge=1,
        description="How many bytes of audio file the audio toolbox works through in a second: "
        "estimatedDuration.",
    )
    sync_wait_seconds: float = Field(
        default=25,
        ge=0,
        le=900,
        description="How long a call that answers with a result (OpenAI's shape, tags) waits for it. API "
        "Gateway gives up after 29.",
    )
    clip_wait_seconds: float = Field(
        default=15,
        ge=0,
        le=900,
        description="How long a call waits for a clip that is made for it. API Gateway gives up after 29.",
    )
    jobs_at_once: int = Field(
        default=1, ge=1, le=64, description="How many jobs share a transcriber: what each costs."
    )
    converter_vcpus: float = Field(
        default=1,
        gt=0,
        le=16,
        description="The vCPUs that a converter's task pays for: for costs.",
    )
    converter_memory_gb: float = Field(
        default=2, gt=0, le=120, description="The memory that a converter's task pays for, in GB."
    )
    conversions_at_once: int = Field(
        default=1, ge=1, le=64, description="How many jobs share a converter: what each costs."
    )
    webhook_allow_loopback: bool = Field(
        default=False,
        description="Whether webhooks may call this machine, and by plain HTTP: for local runs alone.",
    )

    def dollars_per_second_of(self, job_type: JobType) -> float:
        """What a second of work on one job of that type costs."""
        if job_type is JobType.TRANSCRIPTION:
            return self.dollars_per_second(self.jobs_at_once)
        converter = dollars_per_second(vcpus=self.converter_vcpus, memory_gb=self.converter_memory_gb)
        return converter / self.conversions_at_once

    def bytes_per_second_of(self, job_type: JobType) -> int:
        """How many bytes of a file a worker gets through."""
        if job_type is JobType.TRANSCRIPTION:
            return self.transcribed_bytes_per_second
        return self.converted_bytes_per_second


class TokenSettings(BaseModel):
    """Whose tokens are taken. Without an issuer, API keys alone are."""

    token_issuer: str | None = Field(
        default=None,
        description="The issuer (iss) of the tokens that users sign in with; none: API keys alone.",
    )
    token_audience: str | None = Field(
        default=None,
        description="What tokens must be made for, or several with commas between: aud, or in tokens without "
        "aud client_id (Cognito's access tokens) or azp (Clerk's, an origin).",
    )
    token_jwks_url: HttpUrl | None = Field(
        default=None,
        description="Where the issuer's public keys are; default: .well-known/jwks.json below the issuer.",
    )
    token_leeway_seconds: float = Field(
        default=30, ge=0, le=300, description="How far the issuer's clock may be from ours."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.token_issuer is not None and not self.token_audiences:
            raise ValueError("TOKEN_ISSUER needs TOKEN_AUDIENCE: tokens made for others open nothing")
        return self

    @property
    def token_audiences(self) -> frozenset[str]:
        """Every audience that is taken."""
        names = (self.token_audience or "").split(",")
        return frozenset(name.strip() for name in names if name.strip())

    @property
    def jwks_url(self) -> str:
        """Where the issuer's public keys are."""
        if self.token_jwks_url is not None:
            return str(self.token_jwks_url)
        return f"{(self.token_issuer or '').rstrip('/')}/.well-known/jwks.json"


class ApiSettings(ApiLimits, TokenSettings, LinkKeySettings, JobQueueUrls, ServiceSettings):
    """The settings of the API, wherever it runs."""

    audio_bucket_name: str = Field(description="The bucket that audio is uploaded to.")
    transcript_bucket_name: str = Field(description="The bucket that outputs lie in.")
    notification_queue_url: str = Field(description="The queue of notices: webhooks to be told again.")


class ApiServerSettings(ApiSettings):
    """The settings of the API under uvicorn."""

    host: str = Field(default="127.0.0.1", description="The address that the API listens on.")
    port: int = Field(default=8000, ge=1, le=65_535, description="The port that the API listens on.")
    live_management_port: int = Field(
        default=0,
        ge=0,
        le=65_535,
        description="The port, on the loopback address alone, where the notifier pushes live progress to "
        "WebSockets of this server; 0: it opens none.",
    )


class LiveSettings(TokenSettings, ServiceSettings):
    """The settings of the function behind API Gateway's WebSocket API."""

    transcript_bucket_name: str = Field(description="The bucket that outputs lie in.")
    live_management_url: str = Field(
        pattern=r"^https?://", description="Where messages to WebSockets are handed over (@connections)."
    )
    download_expires_seconds: int = Field(
        default=900, ge=30, le=43_200, description="How long a download URL gives a file."
    )
    api_key_cache_seconds: float = Field(
        default=60, ge=0, description="How long a key or token that was found valid is not looked up again."
    )


class RouterSettings(JobQueueUrls, ServiceSettings):
    """The settings of the router."""

    audio_bucket_name: str = Field(description="The bucket that audio is uploaded to.")
    notification_queue_url: str = Field(description="The queue of notices to owners.")
