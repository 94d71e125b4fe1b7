"""Pages: public profiles, what somebody earned, and everyone's private home."""

from flask import Blueprint

people = Blueprint("people", __name__)
