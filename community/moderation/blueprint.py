"""The addresses of moderation are spread over several files; they all belong to this."""

from flask import Blueprint
from flask_security import current_user

from community.web.extensions import limiter

moderation = Blueprint("moderation", __name__)

writes = limiter.limit("60 per hour", key_func=lambda: f"account {current_user.get_id()}", methods=["POST"])
