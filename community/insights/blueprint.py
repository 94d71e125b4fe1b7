"""The blueprint that the views of insights share."""

from flask import Blueprint

insights = Blueprint("insights", __name__)
