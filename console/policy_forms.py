"""Policy forms."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("policy_forms", __name__)
