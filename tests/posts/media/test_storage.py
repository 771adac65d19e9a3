"""Where files of pictures are: a folder by itself, a bucket where settings name one."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from posts_project.media.models import Medium
from posts_project.storage import media_storage
from shared.env import ConfigurationError
from tests.posts.media.forms import uploads
from tests.posts.people import Person
from tests.production import settings


def settings_with(**changes: str) -> tuple[Any, str]:
    """What the settings say of the storage, read anew."""
    variables = {"DATA_DIR": os.environ["DATA_DIR"], "POSTS_PUBLIC_URL": "https://api.example.org", **changes}
    loaded = settings("posts", variables)
    return loaded["STORAGES"]["media"], loaded["POSTS_MEDIA_URL"]


def test_by_itself_it_is_a_folder_that_posts_gives_out() -> None:
    storage, url = settings_with()

    assert storage["BACKEND"] == "django.core.files.storage.FileSystemStorage"
    assert storage["OPTIONS"] == {"location": Path(os.environ["DATA_DIR"], "media", "posts")}
    assert url == "https://api.example.org/media"


def test_a_bucket_is_taken_from_the_environment() -> None:
    storage, url = settings_with(
        POSTS_MEDIA_S3_BUCKET="otters",
        POSTS_MEDIA_S3_ENDPOINT="https://s3.example.org",
        POSTS_MEDIA_S3_REGION="eu-1",
        POSTS_MEDIA_URL="https://pictures.example.org/",
    )

    assert storage["BACKEND"] == "storages.backends.s3.S3Storage"
    named = {name: storage["OPTIONS"][name] for name in ("bucket_name", "endpoint_url", "region_name")}
    assert named == {"bucket_name": "otters", "endpoint_url": "https://s3.example.org", "region_name": "eu-1"}
    assert url == "https://pictures.example.org"


def test_a_bucket_without_its_packages_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posts_project.storage.is_installed", lambda package: package != "boto3")

    with pytest.raises(ConfigurationError, match=r"^POSTS_MEDIA_S3_BUCKET: needs the packages of requirements-s3\.txt"):
        media_storage(folder=Path(), bucket="otters", endpoint="", region="")


def test_a_bucket_keeps_gives_and_loses_files(
    ada: Person, jobs: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> None:
    """What stands in for it is a server on this machine that keeps what it is sent."""
    kept: dict[str, tuple[bytes, dict[str, str]]] = {}

    def serve(request: Request) -> Response:
        if request.method == "PUT":
            kept[request.path] = request.get_data(), dict(request.headers)
        elif request.method == "DELETE":
            kept.pop(request.path, None)
            return Response(status=204)
        elif request.path not in kept:
            return Response(status=404)
        else:
            content, headers = kept[request.path]
            return Response(content, headers={"ETag": '"x"', "Content-Type": headers["Content-Type"]})
        return Response(headers={"ETag": '"x"'})

    httpserver.expect_request(re.compile(".*")).respond_with_handler(serve)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    endpoint = httpserver.url_for("").rstrip("/")
    bucket = media_storage(folder=Path(), bucket="otters", endpoint=endpoint, region="eu-1")
    settings.STORAGES = {**settings.STORAGES, "media": bucket}

    body = uploads(ada)

    stem = Medium.objects.get().stem
    assert {path.rpartition("/")[2] for path in kept} == {f"{stem}.png", f"{stem}_small.webp"}
    headers = next(headers for path, (_, headers) in kept.items() if path.endswith(".png"))
    assert headers["Content-Type"] == "image/png"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    given = Client().get(f"/media/{stem}.png")
    assert (given.status_code, given["Content-Type"], given.content[:4]) == (200, "image/png", b"\x89PNG")
    assert Client().get(f"/media/{'0' * 32}.png").status_code == 404
    ada.delete(f"/api/v1/media/{body['id']}")
    jobs.run()
    assert kept == {}
