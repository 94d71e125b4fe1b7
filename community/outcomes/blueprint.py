"""The blueprint of outcomes."""

from flask import Blueprint

outcomes = Blueprint("outcomes", __name__)
