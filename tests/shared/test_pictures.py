"""Pictures of strangers: what is hostile is refused at once and for little, and few are read at a time."""

import json
import subprocess
import sys
import threading
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from rest_framework.exceptions import ValidationError

from shared import picture_files, pictures
from shared.picture_files import Overfull, TooManyFrames
from shared.problems import ServiceUnavailable
from tests.pictures import animation, hostile, picture

ROOT = Path(__file__).parents[2]
MOST_MILLISECONDS, MOST_KILOBYTES = 200, 50_000


@pytest.mark.asvs("5.2.2", "5.2.6")
def test_hostile_files_are_refused_at_once_and_for_little_memory(tmp_path: Path) -> None:
    """In a process of its own, whose processor time and memory are counted."""
    names = {}
    for number, (name, content) in enumerate(hostile().items()):
        path = tmp_path / str(number)
        path.write_bytes(content)
        names[str(path)] = name

    command = [sys.executable, "-m", "tests.shared.hostile_pictures", *names]
    told = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout)

    assert len(told) > 35
    assert {names[path] for path, cost in told.items() if not cost["code"]} == set()
    assert {names[path]: cost for path, cost in told.items() if cost["milliseconds"] > MOST_MILLISECONDS} == {}
    assert sum(cost["kilobytes"] for cost in told.values()) < MOST_KILOBYTES


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_good_ones_pass(kind: str) -> None:
    with pictures.decoding(BytesIO(picture(kind))) as image:
        assert pictures.upright(image).size == (640, 480)


def test_what_phones_and_cameras_write_passes() -> None:
    """Several pictures in a JPEG, a progressive one, a profile in pieces."""
    two, progressive, profile = BytesIO(), BytesIO(), BytesIO()
    plain = Image.effect_noise((300, 200), 50).convert("RGB")
    plain.save(two, "MPO", save_all=True, append_images=[plain])
    plain.save(progressive, "JPEG", progressive=True, quality=95)
    plain.save(profile, "JPEG", icc_profile=b"p" * 500_000)

    for file in (two, progressive, profile):
        file.seek(0)
        with pictures.decoding(file) as image:
            assert pictures.upright(image).size == (300, 200)


def test_as_many_frames_as_are_taken_are_counted_and_one_more_is_refused() -> None:
    most = picture_files.MAX_FRAMES

    assert picture_files.frames(animation(most)) == (most, 8, 8)
    with pytest.raises(TooManyFrames):
        picture_files.frames(animation(most + 1))


def test_remarks_of_a_size_that_programs_write_pass() -> None:
    picture_files.frames(picture("GIF", comment=b"x" * 50_000))

    with pytest.raises(Overfull):
        picture_files.frames(picture("GIF", comment=b"x" * 300_000))


def test_a_picture_that_is_cut_off_is_not_decoded_to_its_end() -> None:
    for content in (picture("GIF")[:-5], picture("PNG")[:-200], picture("JPEG")[:300]):
        with pytest.raises(ValidationError):
            pictures.decoding(BytesIO(content)).__enter__()


def test_while_one_is_read_others_wait_and_more_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.2)
    told: list[float] = []

    def wait() -> None:
        with pytest.raises(ServiceUnavailable):
            pictures.decoding(BytesIO(picture())).__enter__()
        told.append(1)

    with pictures.decoding(BytesIO(picture())):
        waiting = [threading.Thread(target=wait) for _ in range(pictures.WAITING)]
        for thread in waiting:
            thread.start()
        while pictures._inside._value:
            pass
        with pytest.raises(ServiceUnavailable) as refusal:
            pictures.decoding(BytesIO(picture())).__enter__()
        assert refusal.value.headers["Retry-After"] == "1"
        for thread in waiting:
            thread.join()

    assert len(told) == pictures.WAITING
    with pictures.decoding(BytesIO(picture())) as image:
        assert image.size == (640, 480)


def test_a_fault_gives_the_turn_back() -> None:
    for _ in range(pictures.AT_ONCE + pictures.WAITING + 1):
        with pytest.raises(ValidationError), pictures.decoding(BytesIO(b"x")):
            raise AssertionError
