"""An Atom feed (RFC 4287) as a reply, or 304 for a reader that has it already."""

import re
from datetime import datetime

from flask import Response, make_response, request

NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # https://www.w3.org/TR/xml/#charsets


def atom_response(text: str, updated: datetime) -> Response:
    response = make_response(NOT_XML.sub("", text))
    response.content_type = "application/atom+xml; charset=utf-8"
    response.last_modified = updated
    response.add_etag()
    response.make_conditional(request)
    return response
