"""Files as cameras, screenshots and mischief make them."""

import zlib
from io import BytesIO
from struct import pack
from typing import Any

from PIL import Image, PngImagePlugin
from werkzeug.datastructures import FileStorage

PLACE = b"GPS 52.5200 N"


def drawn(size: tuple[int, int] = (80, 60), mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    return image.convert(mode)


def encoded(kind: str = "PNG", image: Image.Image | None = None, **options: Any) -> bytes:
    file = BytesIO()
    (image or drawn()).save(file, kind, **options)
    return file.getvalue()


def photograph(orientation: int = 1) -> bytes:
    """A JPEG with the camera's notes in it: where it was, an embedded profile, a comment, what an editor wrote."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x9286] = orientation, "Secret Camera", PLACE
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + PLACE + b"</x:xmpmeta>"
    return encoded("JPEG", exif=exif, icc_profile=b"SECRETPROFILE" * 20, comment=PLACE, xmp=xmp, quality=95)


def screenshot() -> bytes:
    """A PNG with texts in it."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", PLACE.decode())
    info.add_itxt("Comment", PLACE.decode(), zip=True)
    return encoded("PNG", pnginfo=info)


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few hundred bytes that says it has 900 megapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    head = pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def file_of(data: bytes, name: str = "photo.png") -> FileStorage:
    return FileStorage(BytesIO(data), filename=name, name="image")
