"""Pictures of people: judged before they are decoded, made anew, and served as what they are."""

import time
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from auth_project.accounts.files import delete_stale
from auth_project.accounts.models import StaleFile
from auth_project.events.models import OutboxEvent
from tests.auth.conftest import SignedIn
from tests.pictures import FORM, form, header_of_a_flood, opened, picture

ME = "/api/v1/users/me"


def upload(who: SignedIn, content: bytes, filename: str = "me.png") -> Any:
    return who.api.send("PATCH", ME, form(("avatar", filename, content)), FORM)


def path_of(url: str) -> str:
    assert url.startswith("http://127.0.0.1:")
    return "/" + url.split("/", 3)[3]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_an_avatar_is_made_anew_and_served(ada, api, kind):
    response = upload(ada, picture(kind))

    assert response.status_code == 200
    served = api.get(path_of(response.json()["avatar_url"]))
    assert served.status_code == 200
    assert served["Content-Type"] == "image/webp"
    assert (opened(served.content).format, opened(served.content).size) == ("WEBP", (480, 480))
    assert api.get("/api/v1/users/ada").json()["avatar_url"] == response.json()["avatar_url"]


def test_posts_is_told_where_it_is(ada):
    url = upload(ada, picture()).json()["avatar_url"]

    event = OutboxEvent.objects.get()
    assert (event.type, event.data["user"]["avatar_url"]) == ("user.updated", url)


def test_it_is_served_so_that_it_cannot_run_and_is_kept_long(ada, api):
    served = api.get(path_of(upload(ada, picture()).json()["avatar_url"]), Accept="image/*")

    assert served["X-Content-Type-Options"] == "nosniff"
    assert served["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert served["Cache-Control"] == "public, max-age=31536000, immutable"
    assert served["Content-Disposition"].startswith('inline; filename="')
    assert served["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_nothing_of_the_file_is_kept_but_its_pixels(ada, api):
    exif = Image.Exif()
    exif[0x010E] = "canary of a description"
    exif[0x8825] = {1: "N", 2: (48.0, 12.0, 0.0)}
    content = picture("JPEG", exif=exif, comment=b"canary of a comment", icc_profile=b"canary of a profile")
    content += b"<script>canary of a polyglot</script>PK\x03\x04"

    served = api.get(path_of(upload(ada, content, "../../etc/canary\u202e.php").json()["avatar_url"]))

    assert b"canary" not in served.content
    assert not opened(served.content).getexif()
    assert set(opened(served.content).info) <= {"loop", "background", "timestamp", "duration"}


def test_it_stands_upright(ada, api):
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.new("RGB", (64, 64), "white")
    lying.paste("black", (0, 0, 64, 32))
    output = BytesIO()
    lying.save(output, "JPEG", exif=exif, quality=95)

    image = opened(api.get(path_of(upload(ada, output.getvalue()).json()["avatar_url"])).content).convert("L")

    assert image.getpixel((60, 32)) < 60
    assert image.getpixel((4, 32)) > 200


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGBA", "PNG"), ("P", "PNG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("1", "PNG"), ("I;16", "PNG")]
)
def test_pictures_of_all_modes_are_taken(ada, mode, kind):
    assert upload(ada, picture(kind, mode=mode)).status_code == 200


def test_small_pictures_are_not_blown_up(ada, api):
    served = api.get(path_of(upload(ada, picture(size=(5, 9))).json()["avatar_url"]))

    assert opened(served.content).size == (5, 5)


def test_of_an_animation_the_first_picture_is_taken(ada, api):
    more = [Image.new("RGB", (64, 64), "blue")]

    served = api.get(
        path_of(upload(ada, picture("GIF", (64, 64), save_all=True, append_images=more)).json()["avatar_url"])
    )

    assert getattr(opened(served.content), "n_frames", 1) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"PK\x03\x04" + b"\x00" * 100,
        b"\xff\xd8\xff" + b"\xff" * 1_000,
        picture()[:-200],
        picture("BMP"),
        picture("TIFF"),
        picture("ICO", (16, 16)),
    ],
)
@pytest.mark.asvs("5.2.2")
def test_what_is_no_picture_of_the_four_kinds_is_refused(ada, content):
    response = upload(ada, content)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == ["avatar"]
    ada.user.refresh_from_db()
    assert ada.user.avatar == ""


@pytest.mark.asvs("5.2.6")
def test_a_flood_of_pixels_is_refused_before_it_is_decoded(ada):
    started = time.perf_counter()

    for size in ((50_000, 50_000), (8_000, 5_001), (12_000, 9_000)):
        response = upload(ada, header_of_a_flood(*size))
        assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "too_many_pixels")

    assert time.perf_counter() - started < 0.6


def test_forty_megapixels_are_not_too_many(ada):
    assert upload(ada, picture("JPEG", (8_000, 5_000))).status_code == 200


@pytest.mark.parametrize("size", [10 * 1024 * 1024 + 1, 20 * 1024 * 1024])
@pytest.mark.asvs("5.2.1")
def test_more_than_ten_megabytes_are_refused(ada, size):
    response = upload(ada, b"\x89PNG\r\n\x1a\n".ljust(size, b"\0"))

    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")


def test_ten_megabytes_are_read(ada):
    assert upload(ada, picture().ljust(10 * 1024 * 1024, b"\0")).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (form(("avatar", None, b"text")), 400),
        (form(("avatar", None, b"")), 400),
        (form(("avatar", "a.png", picture()), ("avatar", "b.png", picture())), 400),
        (form(("avatar", "a.png", picture()), ("role", None, b"admin")), 400),
        (form(("avatar", "a.png", picture()), ("is_staff", None, b"true")), 400),
        (form(("bio", "bio.png", picture())), 400),
        (form(("bio", None, b"a\x00b")), 400),
        (form(("is_private", None, b"yes")), 400),
        (form(*[("bio", None, b"x")] * 2), 400),
        (form(*[(f"f{n}", None, b"x") for n in range(2_000)]), 400),
        (b"--nonsense", 400),
        (b"", 400),
        (form(("bio", None, b"x" * 3_000_000)), 413),
    ],
)
def test_a_bad_form_is_refused(ada, body, status):
    response = ada.api.send("PATCH", ME, body, FORM)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    ada.user.refresh_from_db()
    assert (ada.user.avatar, ada.user.bio, ada.user.is_staff) == ("", "", False)


def test_texts_and_flags_may_come_with_the_picture(ada):
    parts = (("avatar", "a.png", picture()), ("bio", None, "Zw\u00f6lf".encode()), ("is_private", None, b"true"))

    answer = ada.api.send("PATCH", ME, form(*parts), FORM).json()

    assert (answer["bio"], answer["is_private"]) == ("Zwölf", True)
    assert answer["avatar_url"]


def test_in_json_words_are_no_flags(ada):
    assert ada.api.patch(ME, {"is_private": "true"}).status_code == 400


def test_null_takes_it_away_and_the_file_goes_a_moment_later(ada, api):
    path = path_of(upload(ada, picture()).json()["avatar_url"])

    response = ada.api.patch(ME, {"avatar": None})

    assert response.json()["avatar_url"] is None
    assert api.get(path).status_code == 200
    assert delete_stale(now=timezone.now()) == 1
    assert api.get(path).status_code == 404
    assert StaleFile.objects.count() == 0


def test_a_new_one_makes_the_old_one_stale(ada):
    upload(ada, picture())
    ada.user.refresh_from_db()
    old = ada.user.avatar

    upload(ada, picture("GIF"))

    assert [one.pk for one in StaleFile.objects.all()] == [old]
    assert delete_stale(now=timezone.now()) == 1
    assert not default_storage.exists(old)


def test_a_file_that_is_gone_already_is_done(ada):
    StaleFile.objects.create(id="avatars/nowhere.webp")

    assert delete_stale(now=timezone.now()) == 1


@pytest.mark.parametrize("avatar", ["x", 5, True, {}, [], "http://evil.example/x.png"])
def test_in_json_there_is_no_other_avatar_than_none(ada, avatar):
    response = ada.api.patch(ME, {"avatar": avatar})

    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [("avatar", "invalid")]


def test_avatar_url_is_read_only(ada):
    response = ada.api.patch(ME, {"avatar_url": "http://evil.example/x.png"})

    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [("avatar_url", "unknown_field")]


@pytest.mark.parametrize(
    "name",
    ["x", "0" * 32, "0" * 32 + ".png", "..%2f..%2fkeys%2fauth_secret_key", "0" * 31 + "g.webp", "%2e%2e", "a" * 5_000],
)
def test_other_names_are_no_files(api, name):
    response = api.get(f"/api/v1/users/avatars/{name}")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_the_same_key_stores_one_picture(ada):
    body = form(("avatar", "a.png", picture()))

    first, second = (ada.api.send("PATCH", ME, body, FORM, **{"Idempotency-Key": "k"}) for _ in range(2))

    assert first.json() == second.json()
    assert second["Idempotency-Replayed"] == "true"
    assert OutboxEvent.objects.count() == 1
