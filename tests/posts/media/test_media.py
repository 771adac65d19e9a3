"""Uploading pictures, and what is kept of them: pixels, and what their owner says of them."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from posts_project.media.models import MAX_ALT_TEXT, Medium, StaleFile
from shared import pictures
from shared.pictures import decoding
from tests.pictures import animation, header_of_a_flood, hostile, opened, picture
from tests.pictures import form as multipart
from tests.posts.media.forms import form, send, uploads
from tests.posts.people import Person

TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}


def file_at(url: str) -> Any:
    assert url.startswith("http://127.0.0.1:")
    return Client().get("/" + url.split("/", 3)[3])


@pytest.mark.parametrize("kind", TYPES)
def test_a_picture_is_taken_kept_and_given_out(kind: str, ada: Person) -> None:
    response = send(ada, form({"alt_text": "An otter\nin water ", "focus": "0.50,-1"}, content=picture(kind)))

    assert response.status_code == 201
    body = response.json()
    assert response["Location"] == f"/api/v1/media/{body['id']}"
    stem = Medium.objects.get().stem
    base = f"http://127.0.0.1:{body['url'].split(':')[2].split('/')[0]}/media/{stem}"
    ending = {"JPEG": "jpg"}.get(kind, kind.lower())
    assert body == {
        "id": body["id"],
        "type": TYPES[kind],
        "url": f"{base}.{ending}",
        "thumbnail_url": f"{base}_small.webp",
        "width": 640,
        "height": 480,
        "blurhash": body["blurhash"],
        "alt_text": "An otter\nin water ",
        "focus": "0.5,-1",
    }
    assert len(body["blurhash"]) == 28
    assert ada.get(response["Location"]).json() == body
    for url, type_, size in ((body["url"], TYPES[kind], (640, 480)), (body["thumbnail_url"], "image/webp", (400, 300))):
        given = file_at(url)
        assert (given.status_code, given["Content-Type"], opened(given.content).size) == (200, type_, size)
    assert opened(file_at(body["url"]).content).format == kind


def test_without_words_there_are_none(ada: Person) -> None:
    body = uploads(ada)

    assert (body["alt_text"], body["focus"]) == ("", None)


@pytest.mark.asvs("3.2.1", "5.3.1")
def test_files_are_given_out_so_that_they_cannot_run_and_are_kept_long(ada: Person) -> None:
    given = file_at(uploads(ada, filename="x.html")["url"])

    name = Medium.objects.get().stem + ".png"
    assert given["X-Content-Type-Options"] == "nosniff"
    assert given["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert given["Cache-Control"] == "public, max-age=31536000, immutable"
    assert given["Content-Disposition"] == f'inline; filename="{name}"'
    assert given["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.asvs("14.2.8")
@pytest.mark.parametrize("kind", TYPES)
def test_nothing_of_the_file_is_kept_but_its_pixels(kind: str, ada: Person, folder: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "canary of a description"
    exif[0x8825] = {1: "N", 2: (48.0, 12.0, 0.0)}
    extras: dict[str, Any] = {"icc_profile": b"canary of a profile", "xmp": b"canary of XMP", "comment": b"canary"}
    content = picture(kind, **({"exif": exif} if kind != "GIF" else {}), **extras)
    assert b"canary" in content
    content += b"<script>canary of a polyglot</script>PK\x03\x04"

    uploads(ada, content, filename="canary.php")

    files = [path.read_bytes() for path in folder.iterdir()]
    assert len(files) == 2
    for stored in files:
        assert b"canary" not in stored
        assert not opened(stored).getexif()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_stands_upright(kind: str, ada: Person) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.new("RGB", (64, 32), "white")
    lying.paste("black", (0, 0, 64, 16))
    output = BytesIO()
    lying.save(output, kind, exif=exif, quality=95)

    body = uploads(ada, output.getvalue())

    image = opened(file_at(body["url"]).content).convert("L")
    assert (body["width"], body["height"], image.size) == (32, 64, (32, 64))
    assert image.getpixel((28, 32)) < 60
    assert image.getpixel((4, 32)) > 200


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGBA", "PNG"), ("P", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("1", "PNG"), ("I;16", "PNG"), ("CMYK", "JPEG"),
     ("L", "JPEG"), ("RGBA", "WEBP"), ("L", "GIF"), ("P", "GIF")],
)  # fmt: skip
def test_pictures_of_all_modes_are_taken(mode: str, kind: str, ada: Person) -> None:
    assert uploads(ada, picture(kind, (16, 16), mode))["width"] == 16


def test_what_can_be_seen_through_stays_so(ada: Person) -> None:
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    for kind in ("PNG", "WEBP", "GIF"):
        output = BytesIO()
        clear.save(output, kind)

        body = uploads(ada, output.getvalue())

        for url in (body["url"], body["thumbnail_url"]):
            assert opened(file_at(url).content).convert("RGBA").getpixel((5, 5))[3] == 0, (kind, url)


def test_small_pictures_are_not_blown_up(ada: Person) -> None:
    body = uploads(ada, picture(size=(5, 1)))

    assert (body["width"], body["height"]) == (5, 1)
    assert opened(file_at(body["thumbnail_url"]).content).size == (5, 1)


def test_large_ones_are_made_smaller(ada: Person) -> None:
    body = uploads(ada, picture("JPEG", (8_192, 50)))

    assert (body["width"], body["height"]) == opened(file_at(body["url"]).content).size == (4_096, 25)


def test_a_gif_keeps_its_frames_and_their_times(ada: Person) -> None:
    body = uploads(ada, animation(7, (40, 30)))

    kept = opened(file_at(body["url"]).content)
    assert (body["type"], kept.n_frames, kept.info["loop"]) == ("image/gif", 7, 0)
    kept.seek(5)
    assert (kept.info["duration"], kept.convert("RGB").getpixel((9, 9))) == (50, (5, 0, 99))
    assert getattr(opened(file_at(body["thumbnail_url"]).content), "n_frames", 1) == 1


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_other_animations_the_first_picture_is_taken(kind: str, ada: Person) -> None:
    body = uploads(ada, animation(3, kind=kind))

    assert getattr(opened(file_at(body["url"]).content), "n_frames", 1) == 1


@pytest.mark.asvs("5.2.2")
def test_hostile_files_are_refused_and_leave_nothing(ada: Person, folder: Path) -> None:
    for name, content in list(hostile().items())[::3]:
        response = send(ada, form(content=content))

        assert response.status_code == 400, name
        assert {error["field"] for error in response.json()["errors"]} == {"file"}, name
    assert (Medium.objects.count(), list(folder.iterdir())) == (0, [])


def test_a_flood_of_pixels_and_of_frames_is_called_so(ada: Person) -> None:
    for content, code in (
        (header_of_a_flood(8_000, 5_001), "too_many_pixels"),
        (animation(201, (2, 2)), "too_many_frames"),
    ):
        errors = send(ada, form(content=content)).json()["errors"]
        assert [(error["field"], error["code"]) for error in errors] == [("file", code)]


@pytest.mark.asvs("5.2.1")
@pytest.mark.parametrize("size", [10 * 1024 * 1024 + 1, 20 * 1024 * 1024])
def test_more_than_ten_megabytes_are_refused(size: int, ada: Person) -> None:
    response = send(ada, form(content=b"\x89PNG\r\n\x1a\n".ljust(size, b"\0")))

    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")


def test_ten_megabytes_are_read(ada: Person) -> None:
    body = uploads(ada, picture(size=(8, 8)).ljust(10 * 1024 * 1024, b"\0"))

    assert opened(file_at(body["url"]).content).size == (8, 8)


NAMES = [
    "../../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/shadow", "a.php", "a.png.html", "a.svg", ".htaccess", "",
    " ", ".", "..", "con", "a\u202egnp.exe", "a%00.png", "a;b|c`id`$(id)", "a' OR 1=1--", "<b>alert(1)</b>.png",
    "{{7*7}}.png", "a" * 5_000, "💥.png", "a\tb.png", "%2e%2e%2f", "file:///etc/passwd", "C:\\a.png", "a\x1b[31m.png",
    'a\\".png', "a.png/", "~root", "-rf", "*.png",
]  # fmt: skip


@pytest.mark.asvs("5.3.2", "5.4.1", "5.4.2")
def test_names_of_files_reach_no_path_and_no_header(ada: Person, folder: Path) -> None:
    for name in NAMES:
        response = send(ada, form(content=picture(size=(8, 6)), filename=name))

        # Without a name a part is no file at all.
        assert response.status_code in (201, 400), name
        assert name.strip(". ") == "" or name not in str(response.headers)
    stems = set(Medium.objects.values_list("stem", flat=True))
    assert {path.name.removesuffix(".png").removesuffix("_small.webp") for path in folder.iterdir()} == stems
    assert len(stems) > 20
    for stem in stems:
        assert file_at(f"http://127.0.0.1:1/media/{stem}.png")["Content-Disposition"].endswith(f'"{stem}.png"')


@pytest.mark.parametrize(
    "name",
    ["x", "0" * 32, "0" * 32 + ".png", "0" * 32 + ".svg", "0" * 31 + "g.png", "..%2f..%2fstack.env", "%2e%2e",
     "a" * 5_000, "0" * 32 + ".png%0d%0aX: y"],
)  # fmt: skip
def test_other_names_are_no_files(name: str, db: None) -> None:
    response = Client().get(f"/media/{name}")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (multipart(("alt_text", None, b"x")), 400, "file"),
        (multipart(("file", None, b"x")), 400, "file"),
        (multipart(("file", "a.png", picture()), ("file", "b.png", picture())), 400, None),
        (multipart(("file", "a.png", picture()), ("alt_text", "b.png", picture())), 400, "alt_text"),
        (form({"alt_text": "x" * (MAX_ALT_TEXT + 1)}), 400, "alt_text"),
        (form({"alt_text": "a\0b"}), 400, "alt_text"),
        (form({"alt_text": "a\u202eb"}), 400, "alt_text"),
        (form({"owner": "1"}), 400, "owner"),
        (form({"url": "http://evil.example/x.png"}), 400, "url"),
        (form({"post_id": "1"}), 400, "post_id"),
        (form({"focus": "1.1,0"}), 400, "focus"),
        (form({"focus": "0"}), 400, "focus"),
        (form({"focus": "0,0,0"}), 400, "focus"),
        (form({"focus": "nan,0"}), 400, "focus"),
        (form({"focus": "1e-1,0"}), 400, "focus"),
        (form({"focus": "٠,٠"}), 400, "focus"),
        (b"--nonsense", 400, None),
        (b"", 400, "file"),
    ],
)
def test_a_bad_form_is_refused(body: bytes, status: int, field: str | None, ada: Person) -> None:
    response = send(ada, body)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in response.json().get("errors", [])] == ([field] if field else [])
    assert not Medium.objects.exists()


def test_all_faults_of_a_form_are_told_at_once(ada: Person) -> None:
    errors = send(ada, form({"alt_text": "x" * 1_501, "focus": "x"}, content=b"x")).json()["errors"]

    assert {(error["field"], error["code"]) for error in errors} == {
        ("file", "invalid_image"), ("alt_text", "max_length"), ("focus", "invalid_focus"),
    }  # fmt: skip


def test_json_is_no_way_to_upload(ada: Person) -> None:
    assert ada.post("/api/v1/media", {"file": "x"}).status_code == 415


@pytest.mark.parametrize(
    ("sent", "kept"), [("0,0", "0,0"), ("-1,1", "-1,1"), ("-0,0.0", "0,0"), ("0.123456,.5", "0.1235,0.5")]
)
def test_focus_is_kept_to_four_places(sent: str, kept: str, ada: Person) -> None:
    assert uploads(ada, focus=sent)["focus"] == kept


def test_words_can_be_changed_and_nothing_else(ada: Person) -> None:
    body = uploads(ada, alt_text="An otter", focus="0,0")
    path = f"/api/v1/media/{body['id']}"

    assert ada.patch(path, {"alt_text": "Two otters"}).json() == {**body, "alt_text": "Two otters"}
    assert ada.patch(path, {"alt_text": "", "focus": None}).json() == {**body, "alt_text": "", "focus": None}
    for name in ("url", "type", "width", "blurhash", "file", "post_id", "stem"):
        errors = ada.patch(path, {name: "x"}).json()["errors"]
        assert [(error["field"], error["code"]) for error in errors] == [(name, "unknown_field")]


def test_an_edit_of_what_has_changed_since_is_refused(ada: Person) -> None:
    path = f"/api/v1/media/{uploads(ada)['id']}"
    old = ada.get(path)["ETag"]
    assert ada.get(path, headers={"If-None-Match": old}).status_code == 304
    assert ada.patch(path, {"alt_text": "x"}, headers={"If-Match": old}).status_code == 200

    assert ada.patch(path, {"alt_text": "y"}, headers={"If-Match": old}).status_code == 412
    assert ada.delete(path, headers={"If-Match": old}).status_code == 412


@pytest.mark.asvs("8.2.2")
def test_pictures_of_others_are_not_there(ada: Person, bob: Person) -> None:
    path = f"/api/v1/media/{uploads(ada)['id']}"

    for answer in (bob.get(path), bob.patch(path, {"alt_text": "mine"}), bob.delete(path)):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert ada.get(path).json()["alt_text"] == ""


def test_deleting_takes_the_files_too(ada: Person, folder: Path, jobs: Any) -> None:
    path = f"/api/v1/media/{uploads(ada)['id']}"
    assert len(list(folder.iterdir())) == 2

    assert ada.delete(path).status_code == 204

    assert ada.get(path).status_code == 404
    assert jobs.run() == ["media.delete_stale"]
    assert (list(folder.iterdir()), StaleFile.objects.count()) == ([], 0)


def test_too_many_at_once_are_told_to_come_back(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.05)

    with decoding(BytesIO(picture())):
        response = send(ada, form())

    assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")
    assert response["Retry-After"] == "1"
    assert send(ada, form()).status_code == 201


def test_what_has_been_uploaded_is_counted_by_the_hour_and_by_the_day(ada: Person, settings: Any) -> None:
    settings.RATE_LIMIT_SCALE = 1

    response = send(ada, form())

    assert response["RateLimit-Policy"] == '"upload";q=120;w=3600, "upload-day";q=500;w=86400'


def test_the_same_key_stores_one_picture(ada: Person, folder: Path) -> None:
    first, second = (send(ada, form(), **{"Idempotency-Key": "k"}) for _ in range(2))

    assert first.json() == second.json()
    assert second["Idempotency-Replayed"] == "true"
    assert (Medium.objects.count(), len(list(folder.iterdir()))) == (1, 2)
