"""Pages: what helps while writing: drafts, preview, images, tags suggested."""

from flask import Blueprint

writing = Blueprint("writing", __name__)
