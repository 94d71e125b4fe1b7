"""Pages: the forum for programs: JSON by token."""

from flask import Blueprint

api = Blueprint("api", __name__)
