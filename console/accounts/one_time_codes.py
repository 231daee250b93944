"""One-time codes of an authenticator app (TOTP, RFC 6238: SHA-1, 6 digits, 30 s), and recovery codes. No IO, no clock.

Every app supports these parameters. A code of the previous or next time step is accepted too, because clocks differ.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import pyotp
import segno
from markupsafe import Markup
from pyotp.exceptions import OTPVerificationError

from schemas.secret import Secret

ISSUER: Final = "m2t"
STEPS_AROUND: Final = 1
RECOVERY_CODES: Final = 10
RECOVERY_SIGNS: Final = 16
"""Base32 characters: 80 random bits, enough for a fast hash to protect the code."""
_ONE_TIME: Final = re.compile(r"[0-9]{6}", re.ASCII)
_BETWEEN: Final = re.compile(r"[\s-]+")


def new_key() -> Secret:
    """Return a new key for an app: 160 random bits in base32."""
    return Secret(pyotp.random_base32())


def uri(key: Secret, name: str, host: str) -> Secret:
    """Return the otpauth URI from which an app reads the key, labelled with the user and this console's host.

    The label has no port and no colon: a colon separates issuer and name (google-authenticator's Key Uri Format).
    """
    shown = f"{name} at {host.partition(':')[0]}".replace(":", " ")
    return Secret(pyotp.TOTP(key.reveal()).provisioning_uri(name=shown, issuer_name=ISSUER))


def picture(address: Secret) -> Markup:
    """Return the URI as a QR code in SVG: dark on light in every theme, because cameras need that."""
    code = segno.make_qr(address.reveal(), error="m")
    drawn = code.svg_inline(scale=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True)
    return Markup(drawn)  # noqa: S704


def grouped(code: str) -> str:
    """Return the code in groups of four characters, to be read and copied by hand."""
    return " ".join(code[place : place + 4] for place in range(0, len(code), 4))


def plain(typed: str) -> str:
    """Return a typed or pasted code without spaces and dashes."""
    return _BETWEEN.sub("", typed).upper()


def is_one_time(code: str) -> bool:
    """Return whether the code has the form of an app's code; otherwise it may be a recovery code."""
    return _ONE_TIME.fullmatch(code) is not None


def step_of(key: Secret, code: str, now: datetime) -> int | None:
    """Return the time step of the code: the current, previous or next one; None if the code is wrong."""
    try:
        return pyotp.TOTP(key.reveal()).verify_and_get_timecode(code, for_time=now, valid_window=STEPS_AROUND)
    except OTPVerificationError:
        return None


def new_recovery_codes() -> tuple[str, ...]:
    """Return ten new recovery codes, in the form in which they are stored and compared."""
    return tuple(pyotp.random_base32(max(32, RECOVERY_SIGNS))[:RECOVERY_SIGNS] for _ in range(RECOVERY_CODES))
