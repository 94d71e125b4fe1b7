"""An image that somebody sent, read and written anew: the pixels stay, everything else in the file does not.

Decoders meet strangers' bytes here. So only four formats are tried, the size is checked before a pixel is decoded,
and at most two images are decoded at a time, for each may take a hundred megabytes.
"""

from dataclasses import dataclass
from io import BytesIO
from threading import BoundedSemaphore
from typing import IO

from flask_babel import gettext as _
from PIL import Image, ImageOps

from community.errors import Invalid

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
LONGEST_SIDE = 2048  # pixels; a larger image is made smaller
LONGEST_SIDE_READ = 20_000  # pixels; beyond this only a trap is so long
QUALITY = 85  # WebP; letters on screenshots stay sharp, a photograph of 2048 pixels takes some 300 kB
_turns = BoundedSemaphore(2)


@dataclass(frozen=True)
class Picture:
    """WebP, at most LONGEST_SIDE pixels wide and high, without metadata."""

    data: bytes
    width: int
    height: int


def read(stream: IO[bytes], name: str, most_bytes: int, most_pixels: int) -> Picture:
    """The first frame of the image, upright. Raises Invalid, saying what to do, when it is too large or no image."""
    data = stream.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise Invalid(
            _("“%(name)s” is larger than %(most)s MB. Make it smaller.", name=name, most=round(most_bytes / 2**20, 1))
        )
    with _turns:
        try:
            return _anew(data, name, most_pixels)
        except Invalid:
            raise
        except Image.DecompressionBombError as error:
            raise _too_large(name, most_pixels) from error
        except Exception as error:  # each decoder fails in its own ways on bytes that are no image
            raise _unreadable(name) from error


def _anew(data: bytes, name: str, most_pixels: int) -> Picture:
    with Image.open(BytesIO(data), formats=FORMATS) as image:  # reads the head of the file only
        width, height = image.size
        if width * height > most_pixels or max(width, height) > LONGEST_SIDE_READ:
            raise _too_large(name, most_pixels)
        shrunk = LONGEST_SIDE / max(width, height, LONGEST_SIDE)
        image.draft(
            "RGB", (int(width * shrunk), int(height * shrunk))
        )  # a large photograph is decoded at half its size
        plain = _plain(_upright(image))
        plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        return _written(plain)


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera noted; an image whose notes are damaged is taken as it is."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # pixels that are damaged too will say so when they are read
        return image


def _plain(image: Image.Image) -> Image.Image:
    """Eight bits a channel, red, green, blue, and alpha where some of it can be seen through."""
    if image.mode.startswith("I"):  # sixteen bits of grey
        image = image.convert("I").point(lambda level: level / 256).convert("L")
    is_clear = image.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in image.info
    return image.convert("RGBA" if is_clear else "RGB")


def _written(image: Image.Image) -> Picture:
    image.info = {}
    file = BytesIO()
    image.save(file, "WEBP", quality=QUALITY, method=2, exif=b"", icc_profile=b"", xmp=b"")
    return Picture(file.getvalue(), *image.size)


def _too_large(name: str, most_pixels: int) -> Invalid:
    most = round(most_pixels / 1e6)
    return Invalid(_("“%(name)s” has more than %(most)s megapixels. Make it smaller.", name=name, most=most))


def _unreadable(name: str) -> Invalid:
    return Invalid(_("“%(name)s” is no image that can be shown here. Choose a PNG, JPEG, WebP or GIF.", name=name))
