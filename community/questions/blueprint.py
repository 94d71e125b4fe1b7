"""The forum's addresses are spread over several files; they all belong to this."""

from flask import Blueprint
from flask_security import current_user

from community.web.extensions import limiter

questions = Blueprint("questions", __name__)

writes = limiter.limit("120 per hour", key_func=lambda: f"account {current_user.get_id()}", methods=["POST"])
