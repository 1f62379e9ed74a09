"""The files of finished jobs in S3."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from common import aws
from common.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from common.providers import Media

URL_SECONDS = 15 * 60
_SUFFIX = {
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/pcm": "pcm",
    "audio/wav": "wav",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
}


@dataclass(frozen=True, slots=True)
class AssetStore:
    """Private files, each under its tenant's prefix; reached only by signed addresses."""

    client: S3Client
    bucket: str

    def put(self, tenant_id: str, job_id: str, media: Media) -> str:
        """Store the file of a job and return its key; a second time replaces it by the same file."""
        return self._put(f"jobs/{tenant_id}/{job_id}", media)

    def keep(self, tenant_id: str, job_id: str, media: Media) -> str:
        """Store, as `put` does, a file that later jobs may show too: it outlives the last of them."""
        return self._put(f"cache/{tenant_id}/{job_id}", media)

    def _put(self, name: str, media: Media) -> str:
        key = f"{name}.{_SUFFIX.get(media.content_type, 'bin')}"
        self.client.put_object(Bucket=self.bucket, Key=key, Body=media.content, ContentType=media.content_type)
        return key

    def sign(self, key: str) -> str:
        """Return an address that serves the file for `URL_SECONDS`; signing asks nobody."""
        return self.client.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=URL_SECONDS
        )


@cache
def assets() -> AssetStore:
    """Return this deployment's files."""
    return AssetStore(client=aws.s3(), bucket=settings().assets_bucket)
