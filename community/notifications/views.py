"""Pages: what people hear of, in the page and by mail: notifications, preferences, digests, replies by mail."""

from flask import Blueprint

notifications = Blueprint("notifications", __name__)
