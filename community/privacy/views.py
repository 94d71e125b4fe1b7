"""Pages: what is known about a person, what they consent to, and how they take it along or have it erased."""

from flask import Blueprint

privacy = Blueprint("privacy", __name__)
