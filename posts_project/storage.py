"""Django's storage for pictures, as settings choose it: this machine's folder, or a bucket that speaks S3."""

from pathlib import Path
from typing import Any

from shared.env import ConfigurationError, is_installed

# What a browser is told by a bucket: pictures never change, and are none of anybody's own pages.
_HEADERS = {"CacheControl": "public, max-age=31536000, immutable", "ContentDisposition": "inline"}


def media_storage(*, folder: Path, bucket: str, endpoint: str, region: str) -> dict[str, Any]:
    """An entry of `STORAGES`. The bucket's keys come from the environment that boto3 reads (AWS_ACCESS_KEY_ID …).

    :raises ConfigurationError: a bucket is wanted, and what speaks to it is not installed.
    """
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    if not (is_installed("storages.backends.s3") and is_installed("boto3")):
        needed = "needs the packages of requirements-s3.txt, which are not installed"
        raise ConfigurationError(f"POSTS_MEDIA_S3_BUCKET: {needed}")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": endpoint or None,
            "region_name": region or None,
            "object_parameters": _HEADERS,
            # Names are random: there is nothing to be overwritten, so nothing is asked before a file is written.
            "file_overwrite": True,
            "default_acl": None,
            "querystring_auth": False,
        },
    }
