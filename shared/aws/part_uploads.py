"""Uploads in parts, in S3 (multipart uploads)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.aws.faults import aws_faults
from shared.ports.object_store import PresignedUpload
from shared.ports.part_uploads import StoredPart, UploadMissing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MOST_PARTS_A_PAGE = 1_000


class S3PartUploads:
    """``PartUploads``. Every part but the last has at least 5 MiB, or S3 refuses to complete them.

    IAM: s3:PutObject, s3:ListMultipartUploadParts, s3:AbortMultipartUpload
    Bucket: a lifecycle rule aborts what nobody finished. https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
    """

    def __init__(self, client: S3Client, bucket_name: str) -> None:
        self._client = client
        self._bucket_name = bucket_name

    def begin(self, key: str, *, content_type: str) -> str:
        """Begin an upload; its id."""
        with aws_faults():
            answer = self._client.create_multipart_upload(
                Bucket=self._bucket_name, Key=key, ContentType=content_type
            )
        return answer["UploadId"]

    def presign_part(
        self, key: str, upload_id: str, number: int, *, size_bytes: int, now: datetime, expires_seconds: int
    ) -> PresignedUpload:
        """A URL that takes one PUT; its length is a signed header."""
        with aws_faults():
            url = self._client.generate_presigned_url(
                "upload_part",
                Params={
                    "Bucket": self._bucket_name,
                    "Key": key,
                    "UploadId": upload_id,
                    "PartNumber": number,
                    "ContentLength": size_bytes,
                },
                ExpiresIn=expires_seconds,
            )
        return PresignedUpload(
            url=url,
            method="PUT",
            headers={"Content-Length": str(size_bytes)},
            expires_at=now + timedelta(seconds=expires_seconds),
        )

    def parts(self, key: str, upload_id: str) -> tuple[StoredPart, ...]:
        """What is there, in one page."""
        with aws_faults():
            page = self._client.list_parts(
                Bucket=self._bucket_name, Key=key, UploadId=upload_id, MaxParts=_MOST_PARTS_A_PAGE
            )
        return tuple(
            StoredPart(part["PartNumber"], part["Size"], part["ETag"]) for part in page.get("Parts", [])
        )

    def complete(self, key: str, upload_id: str, parts: tuple[StoredPart, ...]) -> None:
        """Make the parts one object; S3 announces it as it does any other."""
        with aws_faults():
            self._client.complete_multipart_upload(
                Bucket=self._bucket_name,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]},
            )

    def abort(self, key: str, upload_id: str) -> None:
        """Drop an upload with its parts."""
        with suppress(UploadMissing), aws_faults():
            self._client.abort_multipart_upload(Bucket=self._bucket_name, Key=key, UploadId=upload_id)
