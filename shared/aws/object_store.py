"""Objects in S3."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import IO, TYPE_CHECKING

from boto3.s3.transfer import TransferConfig

from shared.aws.content_disposition import content_disposition
from shared.aws.faults import RangePastEnd, aws_faults
from shared.domain.errors import TransientError
from shared.ports.object_store import ObjectStat, PresignedUpload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_KEYS_A_CALL = 1_000
"""As many as S3 lists, and deletes, at once."""

_IN_PARTS = TransferConfig(
    multipart_threshold=16 * 1024 * 1024, multipart_chunksize=16 * 1024 * 1024, max_concurrency=2
)
"""Parts of 16 MiB: an object has at most 10,000 of them, and each that is on its way is in memory."""


class S3Downloads:
    """``Downloads``.

    IAM: s3:GetObject
    A presigned URL may do what the credentials that signed it may, and dies with them, whatever its lifetime
    says.
    """

    def __init__(self, client: S3Client, bucket_name: str) -> None:
        self._client = client
        self._bucket_name = bucket_name

    def presign_download(self, key: str, *, filename: str, expires_seconds: int, inline: bool = False) -> str:
        """A URL that gives the object under the name ``filename``, with the type it was stored with."""
        with aws_faults():
            return self._client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket_name,
                    "Key": key,
                    "ResponseContentDisposition": content_disposition(filename, inline=inline),
                },
                ExpiresIn=expires_seconds,
            )


class S3ObjectStore(S3Downloads):
    """An ``ObjectStore``.

    IAM: s3:GetObject, s3:PutObject, s3:AbortMultipartUpload, s3:DeleteObject, s3:ListBucket
    Bucket: without ``s3:ListBucket`` a missing object answers 403, which reads as a missing right.
    """

    def stat(self, key: str) -> ObjectStat:
        """Size, type and ETag (without its quotes, as upload events carry it)."""
        with aws_faults():
            head = self._client.head_object(Bucket=self._bucket_name, Key=key)
        return ObjectStat(
            size_bytes=head["ContentLength"], content_type=head["ContentType"], etag=head["ETag"].strip('"')
        )

    def read_range(self, key: str, start: int, length: int) -> bytes:
        """The bytes from ``start``, at most ``length`` (>= 1) of them."""
        try:
            with aws_faults():
                answer = self._client.get_object(
                    Bucket=self._bucket_name, Key=key, Range=f"bytes={start}-{start + length - 1}"
                )
                return answer["Body"].read()
        except RangePastEnd:
            return b""

    def write(self, key: str, body: bytes, *, content_type: str) -> None:
        """Store an object whole; the client adds a checksum that S3 verifies."""
        with aws_faults():
            self._client.put_object(Bucket=self._bucket_name, Key=key, Body=body, ContentType=content_type)

    def write_file(self, key: str, file: IO[bytes], *, content_type: str) -> None:
        """Store a file, a large one in parts: they become an object once all are there."""
        file.seek(0)
        with aws_faults():
            self._client.upload_fileobj(
                file, self._bucket_name, key, ExtraArgs={"ContentType": content_type}, Config=_IN_PARTS
            )

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        with aws_faults():
            self._client.delete_object(Bucket=self._bucket_name, Key=key)

    def delete_all(self, prefix: str) -> None:
        """Remove every object whose key begins with ``prefix``, a thousand at a time."""
        while keys := self.keys(prefix, most=_KEYS_A_CALL):
            with aws_faults():
                answer = self._client.delete_objects(
                    Bucket=self._bucket_name,
                    Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
                )
            if refused := answer.get("Errors"):
                raise TransientError(f"{len(refused)} objects were not deleted: {refused[0].get('Code')}")

    def keys(self, prefix: str, *, most: int) -> tuple[str, ...]:
        """The first keys that begin with ``prefix``."""
        with aws_faults():
            page = self._client.list_objects_v2(Bucket=self._bucket_name, Prefix=prefix, MaxKeys=most)
        return tuple(found["Key"] for found in page.get("Contents", []))

    def presign_upload(
        self, key: str, *, content_type: str, size_bytes: int, now: datetime, expires_seconds: int
    ) -> PresignedUpload:
        """A URL that takes one PUT: length and type are signed headers, so any others are refused (403)."""
        with aws_faults():
            url = self._client.generate_presigned_url(
                "put_object",
                Params={
                    "Bucket": self._bucket_name,
                    "Key": key,
                    "ContentType": content_type,
                    "ContentLength": size_bytes,
                },
                ExpiresIn=expires_seconds,
            )
        return PresignedUpload(
            url=url,
            method="PUT",
            headers={"Content-Type": content_type, "Content-Length": str(size_bytes)},
            expires_at=now + timedelta(seconds=expires_seconds),
        )
