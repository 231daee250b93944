"""Masking: no secret leaves a page, whatever an answer or a body quoted. What is stored is masked already; this is the
border."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "<secret>"
_NAMES: Final = (
    r"access_token|refresh_token|app_secret|client_secret|auth_code|api_key|password|secret|authorization|sign|signature|"
    r"x-tts-access-token|webhook-signature|token"
)
_IN_JSON: Final = re.compile(rf'("(?:{_NAMES})"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE)
_IN_QUERY: Final = re.compile(rf"(?<![A-Za-z0-9_])((?:{_NAMES})=)[^&\s\"'<>]+", re.IGNORECASE)
_IN_HEADER: Final = re.compile(rf"(?m)^((?:{_NAMES}):\s*).+$", re.IGNORECASE)
_BY_SHAPE: Final = re.compile(
    r"whsec_[A-Za-z0-9+/=_-]{16,}|TTP_[A-Za-z0-9_-]{12,}|(?<=Bearer )[A-Za-z0-9._-]{12,}"
)


def masked(text: str) -> str:
    """The text without the values of whatever is named as a secret, or looks like one."""
    text = _IN_JSON.sub(rf'\1"{MASK}"', text)
    text = _IN_QUERY.sub(rf"\1{MASK}", text)
    text = _IN_HEADER.sub(rf"\1{MASK}", text)
    return _BY_SHAPE.sub(MASK, text)
