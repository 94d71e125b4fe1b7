"""The blueprint that the views and commands of search share."""

from flask import Blueprint

search = Blueprint("search", __name__, cli_group=None)
