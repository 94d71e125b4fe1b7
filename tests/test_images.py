"""What comes out of an image that was sent in: its pixels, upright, and nothing else."""

from io import BytesIO
from random import Random

import pytest
from flask import Flask
from PIL import Image

from community import images
from community.errors import Invalid
from tests.writing.pictures import PLACE, bomb, drawn, encoded, photograph, screenshot

LIMITS = (5 * 2**20, 24_000_000)


@pytest.fixture(autouse=True)
def texts(app: Flask) -> None:
    """Messages are told in the reader's language."""


def read(data: bytes, most_bytes: int = LIMITS[0], most_pixels: int = LIMITS[1]) -> Image.Image:
    picture = images.read(BytesIO(data), "photo", most_bytes, most_pixels)
    image = Image.open(BytesIO(picture.data))
    assert (image.format, image.size) == ("WEBP", (picture.width, picture.height))
    return image


def is_red(image: Image.Image, at: tuple[int, int]) -> bool:
    red, _green, blue = image.convert("RGB").getpixel(at)  # type: ignore[misc]
    return bool(red > 150 > 100 > blue)


@pytest.mark.parametrize("kind", images.FORMATS)
def test_each_format_is_read_and_written_as_webp(kind: str) -> None:
    image = read(encoded(kind))
    assert image.size == (80, 60)
    assert is_red(image, (10, 30))
    assert not is_red(image, (70, 30))


@pytest.mark.parametrize("data", [photograph(), screenshot(), encoded("WEBP", exif=b"Exif\0\0" + PLACE, xmp=PLACE)])
def test_nothing_of_the_file_stays_but_its_pixels(data: bytes) -> None:
    picture = images.read(BytesIO(data), "photo", *LIMITS)
    for secret in (PLACE, b"Secret", b"SECRETPROFILE", b"EXIF", b"ICCP", b"XMP", b"GPS"):
        assert secret not in picture.data
    image = Image.open(BytesIO(picture.data))
    image.load()
    assert not dict(image.getexif())
    assert set(image.info) <= {"loop", "background", "timestamp", "duration"}


def test_a_photograph_taken_sideways_stands_upright() -> None:
    image = read(photograph(orientation=6))  # the camera was turned: its left edge is the top
    assert image.size == (60, 80)
    assert is_red(image, (30, 10))
    assert not is_red(image, (30, 70))


def test_a_large_image_is_made_smaller_and_keeps_its_shape() -> None:
    assert read(encoded("JPEG", drawn((4000, 1000)))).size == (2048, 512)
    assert read(encoded("PNG", drawn((10, 10)))).size == (10, 10)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_images_of_every_depth_are_read(mode: str) -> None:
    image = Image.new("I;16", (8, 8), 40_000) if mode == "I;16" else drawn((8, 8), mode)
    if mode in {"LA", "RGBA"}:
        image.putalpha(100)
    shown = read(encoded("PNG", image))
    assert shown.mode == ("RGBA" if mode in {"LA", "RGBA"} else "RGB")
    if mode == "I;16":
        assert 140 < shown.convert("L").getpixel((4, 4)) < 175  # type: ignore[operator]


def test_a_photograph_in_inks_is_read() -> None:
    assert read(encoded("JPEG", drawn((8, 8), "CMYK"))).mode == "RGB"


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_a_moving_image_the_first_frame_is_shown(kind: str) -> None:
    data = encoded(kind, drawn(), save_all=True, append_images=[Image.new("RGB", (80, 60), "green")] * 3)
    assert getattr(Image.open(BytesIO(data)), "n_frames", 1) > 1
    image = read(data)
    assert getattr(image, "n_frames", 1) == 1
    assert is_red(image, (10, 30))


@pytest.mark.parametrize("data", [bomb(), bomb(60_000, 60_000), bomb(25_000, 10), encoded("PNG", drawn((400, 300)))])
def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image.Image, "convert", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(Invalid, match="megapixels"):
        read(data, most_pixels=100_000)


def test_a_file_of_too_many_bytes_is_refused() -> None:
    data = encoded("PNG") + b"\0" * 2000
    with pytest.raises(Invalid, match=r"larger than 0\.0 MB"):
        read(data, most_bytes=1000)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"%PDF-1.7",
        b"MZ\x90\0" * 100,
        encoded("BMP"),
        encoded("TIFF"),
        encoded("ICO"),
        encoded("JPEG")[:300],
        encoded("PNG")[:60],
    ],
)
def test_what_is_no_image_of_the_four_formats_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match="PNG, JPEG, WebP or GIF"):
        read(data)


def test_a_script_behind_the_pixels_is_gone() -> None:
    data = encoded("GIF") + b"<script>alert(1)</script>"
    assert b"script" not in images.read(BytesIO(data), "x", *LIMITS).data


@pytest.mark.parametrize("source", [photograph(), screenshot(), encoded("GIF"), encoded("WEBP")])
def test_damaged_files_are_refused_or_read_and_nothing_else_happens(source: bytes) -> None:
    random = Random(7)
    for _ in range(150):
        data = bytearray(source)
        for _ in range(random.randint(1, 12)):
            data[random.randrange(len(data))] = random.randrange(256)
        try:
            read(bytes(data[: random.randint(len(data) // 2, len(data))]))
        except Invalid:
            continue
