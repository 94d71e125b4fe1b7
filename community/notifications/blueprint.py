"""The blueprint that the views of notifications share."""

from flask import Blueprint

notifications = Blueprint("notifications", __name__)
