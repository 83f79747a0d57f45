"""The catalogue of everything that can be wrong with what a caller sent.

Each fault has a stable code (callers program against it), a sentence for people, and the HTTP status
it gets when the API finds it (RFC 9457 problem details). Faults found after the answer was given end
up in ``job.error`` with the same code and sentence. ``docs/errors.md`` is generated from this file.
"""

from __future__ import annotations

from enum import Enum


class Fault(Enum):
    """A fault: ``code``, ``sentence`` (may hold ``{placeholders}``) and ``http_status``."""

    # What the request says
    MALFORMED_JSON = ("malformed-json", "The request body is not valid JSON.", 400)
    MALFORMED_FORM = ("malformed-form", "The request body is not the form that is asked for: {reason}.", 400)
    INVALID_REQUEST = ("invalid-request", "The request is not valid. {problems}.", 422)
    BODY_TOO_LARGE = ("body-too-large", "The request body is larger than {limit}.", 413)
    INVALID_CURSOR = (
        "invalid-cursor",
        "The cursor is not one that this API gave out: leave it out to begin anew.",
        400,
    )
    MISSING_CREDENTIALS = (
        "missing-credentials",
        "Send an API key in the X-API-Key header, or a token in the Authorization header (Bearer).",
        401,
    )
    INVALID_CREDENTIALS = (
        "invalid-credentials",
        "This API key or token is not known, has expired or was revoked.",
        401,
    )
    ACCOUNT_CLOSED = ("account-closed", "This account is being erased.", 403)
    INSUFFICIENT_SCOPE = (
        "insufficient-scope",
        "This API key may only look at things: use one of the scope full.",
        403,
    )
    TIER_TOO_LOW = (
        "tier-too-low",
        "This account's tier does not include {ability}: the tier {tier} does.",
        403,
    )
    TOO_MANY_KEYS = ("too-many-keys", "An account has at most {most} API keys: revoke one first.", 409)
    TOO_MANY_WEBHOOKS = (
        "too-many-webhooks",
        "An account has at most {most} webhooks: delete one first.",
        409,
    )
    WEBHOOK_URL_REFUSED = ("webhook-url-refused", "This URL can't be called as a webhook: {reason}.", 400)
    IDEMPOTENCY_KEY_INVALID = (
        "idempotency-key-invalid",
        "An Idempotency-Key has 1 to 255 printable ASCII characters and no spaces.",
        400,
    )
    IDEMPOTENCY_KEY_REUSED = (
        "idempotency-key-reused",
        "This Idempotency-Key was used for another request: send a new one with this request.",
        422,
    )
    REQUEST_IN_PROGRESS = (
        "request-in-progress",
        "A request with this Idempotency-Key is being answered; try again shortly.",
        409,
    )
    LIMIT_REACHED = (
        "limit-reached",
        "The limit of {limit} is reached; try again in {retry_after_seconds} s.",
        429,
    )
    NOT_FOUND = (
        "not-found",
        "There is no such resource: check the path and the ids.",
        404,
    )
    METHOD_NOT_ALLOWED = ("method-not-allowed", "This resource does not take that method.", 405)
    JOB_NOT_FINISHED = ("job-not-finished", "The job has no output yet: it is {status}.", 409)
    JOB_ALREADY_FINISHED = (
        "job-already-finished",
        "The job can't be cancelled, because it is {status}: to delete it, add purge=true.",
        409,
    )
    STREAM_UNAVAILABLE = (
        "stream-unavailable",
        "Events can't be streamed here: ask for the job itself every few seconds.",
        501,
    )
    CLIP_TIMES_INVALID = ("clip-times-invalid", "There is no such clip. {problems}.", 400)
    NO_TRANSCRIPT = ("no-transcript", "The file has no transcript: transcribe it first.", 422)
    CLIP_TIMED_OUT = (
        "clip-timed-out",
        "The clip is still being made; ask again in {retry_after_seconds} s.",
        504,
    )
    NOT_A_TRANSCRIPTION = (
        "not-a-transcription",
        "The job has no transcript, because it is of the type {type}: its outputs are at /download.",
        409,
    )
    RANGE_NOT_SATISFIABLE = ("range-not-satisfiable", "The transcript has {size} bytes.", 416)
    FILE_UNUSABLE = ("file-unusable", "The file can't be used, because it is {status}: send it again.", 409)
    UPLOAD_INCOMPLETE = (
        "upload-incomplete",
        "The upload lacks parts, or they have another size than they should: {numbers}.",
        409,
    )
    UPLOAD_COMPLETE = (
        "upload-complete",
        "The upload is complete: nothing more is to be sent, and the file can be used.",
        409,
    )
    FILE_TOO_LARGE = ("file-too-large", "The file is larger than {limit}.", 413)
    UNSUPPORTED_TYPE = (
        "unsupported-type",
        "Files of type {content_type} are not taken: send audio or video.",
        415,
    )
    LINK_INVALID = ("link-invalid", "This link is not valid.", 404)
    LINK_EXPIRED = ("link-expired", "This link has expired.", 410)
    INTERNAL = ("internal-error", "Something went wrong on our side; it has been logged.", 500)
    UNAVAILABLE = ("unavailable", "The service can't do this right now; try again shortly.", 503)

    # What the file turns out to be
    EMPTY_FILE = ("empty-file", "The file is empty.", 422)
    SIZE_MISMATCH = (
        "size-mismatch",
        "The uploaded file has {actual_bytes} bytes, but {declared_bytes} were declared.",
        422,
    )
    NOT_MEDIA = (
        "not-media",
        "The file is not audio or video: it looks like {found}.",
        422,
    )
    UNREADABLE_MEDIA = (
        "unreadable-media",
        "The file can't be read as audio or video: it is damaged, cut off or of an unknown format.",
        422,
    )
    NO_AUDIO_TRACK = ("no-audio-track", "The file has no audio track.", 422)
    NO_AUDIO_DATA = ("no-audio-data", "The file's audio track holds no sound data.", 422)
    AUDIO_TOO_LONG = (
        "audio-too-long",
        "The audio is longer than the limit of {limit_minutes} minutes.",
        422,
    )
    LANGUAGE_UNSUPPORTED = (
        "language-unsupported",
        "The model {model} does not know the language {language}.",
        422,
    )
    SEGMENT_OUTSIDE_AUDIO = (
        "segment-outside-audio",
        "The audio is {duration_seconds} seconds long; {what} does not lie within it.",
        422,
    )
    NOTHING_TO_SPLIT_AT = ("nothing-to-split-at", "The file has no {what} to split it at.", 422)
    FORMAT_IMPOSSIBLE = ("format-impossible", "The format {format} can't hold {what}.", 422)
    TAGS_UNSUPPORTED = ("tags-unsupported", "Tags can't be written to files of the format {format}.", 422)
    TAGS_TOO_LARGE = ("tags-too-large", "Tags and cover art together are larger than {limit}.", 413)
    COVER_NOT_AN_IMAGE = ("cover-not-an-image", "The cover art is neither a JPEG nor a PNG image.", 422)
    TRANSCRIPT_UNAVAILABLE = (
        "transcript-unavailable",
        "The transcript that was asked for can't be had: {reason}.",
        422,
    )
    FILE_MISSING = ("file-missing", "The uploaded file is no longer in storage.", 410)
    UPLOAD_EXPIRED = ("upload-expired", "The file was not uploaded in time.", 410)

    # What went wrong although the input was fine
    RETRIES_EXHAUSTED = (
        "retries-exhausted",
        "The job failed {tries} times for reasons on our side; it can be submitted again.",
        500,
    )
    GAVE_UP = (
        "gave-up",
        "The work on the file stopped {times} times without a result, so it was given up.",
        500,
    )

    def __init__(self, code: str, sentence: str, http_status: int) -> None:
        self.code = code
        self.sentence = sentence
        self.http_status = http_status

    @property
    def is_ours(self) -> bool:
        """Whether it is no fault of what the caller sent: the same may succeed another time."""
        return self.http_status >= 500

    def describe(self, **facts: object) -> str:
        """The sentence with its placeholders filled; raises ``KeyError`` where a fact is missing."""
        return self.sentence.format(**facts)
