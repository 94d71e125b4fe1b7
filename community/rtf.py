"""The words of a compressed RTF body, as Outlook packs it into winmail.dat when it sends neither text nor HTML."""

import struct

import compressed_rtf
from striprtf.striprtf import rtf_to_text

MOST_BYTES = 2_000_000  # unpacked: more is pictures, and would take long
HEADER = 16


def words(packed: bytes) -> str:
    """As plain text; "" for what cannot be read or is too large. Never raises. Source: MS-OXRTFCP."""
    if len(packed) < HEADER or struct.unpack_from("<I", packed, 4)[0] > MOST_BYTES:
        return ""
    try:
        text: str = rtf_to_text(compressed_rtf.decompress(packed).decode("latin-1"), errors="replace")
    except Exception:  # whatever a stranger's bytes make of two small parsers
        return ""
    return text.replace("\0", "").strip()
