"""Uploads: images that products may name afterwards. Source: *Upload Product Image*.

Each upload makes a uri of its own, the same bytes too: what TikTok does there is undocumented, and so a caller that
uploads twice is seen. How many pixels an image has that is made square is undocumented as well: its longer side.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from sandbox.tiktok.api.errors import Refused, is_required
from sandbox.tiktok.api.outcomes import Outcome
from sandbox.tiktok.api.request_checks import Request
from sandbox.tiktok.products.catalog import Catalogue, Upload
from sandbox.tiktok.products.image_format import BadPicture, Picture, picture
from sandbox.tiktok.rules.text_rules import IMAGE_HOST
from sandbox.tiktok.shops import Shop

LARGEST: Final = 10 * 1024 * 1024
MAIN, ATTRIBUTE, SIZE_CHART = "MAIN_IMAGE", "ATTRIBUTE_IMAGE", "SIZE_CHART_IMAGE"
USE_CASES: Final = frozenset(
    {MAIN, ATTRIBUTE, SIZE_CHART, "DESCRIPTION_IMAGE", "CERTIFICATION_IMAGE", "CUSTOMIZATION_IMAGE"}
)


@dataclass(frozen=True, slots=True)
class Form:
    """What the form holds; None where a field is not there."""

    data: bytes | None
    use_case: str | None


def form(request: Request) -> Form:
    """The fields of the request. Raises `Refused` 36009023 where it is no form."""
    media_type, options = parse_options_header(request.content_type)
    if media_type != "multipart/form-data" or not options.get("boundary"):
        raise Refused(36009023, "The request body must be multipart: send content-type multipart/form-data.")
    parser = FormDataParser(max_form_memory_size=None, silent=False)
    try:
        _, fields, files = parser.parse(io.BytesIO(request.body), media_type, len(request.body), options)
    except ValueError as error:
        raise Refused(
            36009023, "The request body must be multipart: it does not end as it should."
        ) from error
    file = files.get("data")
    return Form(None if file is None else file.read(), fields.get("use_case"))


def described(request: Request) -> dict[str, Any]:
    """The upload as the effect log tells it: the image by its digest; empty where it can't be read."""
    try:
        told = form(request)
    except Refused:
        return {}
    data = told.data or b""
    return {"use_case": told.use_case, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def upload(catalogue: Catalogue, shop: Shop, request: Request) -> Outcome:
    """Take an image in. Raises `Refused`."""
    told = form(request)
    if told.data is None:
        raise is_required("data")
    use_case = told.use_case or MAIN
    if use_case not in USE_CASES:
        raise Refused(11050001, f"The use_case {use_case!r} is invalid.")
    if not told.data:
        raise Refused(12038002, "The image is empty.")
    if len(told.data) > LARGEST:
        raise Refused(12038005, "The image is larger than 10 MB.")
    try:
        seen = picture(told.data)
    except BadPicture as error:
        raise Refused(12038004, f"The image format is not supported: {error}.") from error
    _check_pixels(seen, use_case)
    width, height = _as_kept(seen, use_case)
    kept = Upload(f"tos-sandbox/{catalogue.next_id()}", shop.app_key, use_case, width, height)
    catalogue.keep(kept)
    data = {"uri": kept.uri, "url": IMAGE_HOST + kept.uri, "height": height, "width": width}
    return Outcome({**data, "use_case": use_case})


def _check_pixels(seen: Picture, use_case: str) -> None:
    sides = sorted((seen.width, seen.height))
    least, most = (300, 4000) if use_case == MAIN else (100, 20_000)
    fits = least <= sides[0] and sides[1] <= most and (use_case != SIZE_CHART or sides[0] >= 1024)
    if not fits:
        raise Refused(
            12038014, f"The image has {seen.width} x {seen.height} pixels, which {use_case} does not take."
        )


def _as_kept(seen: Picture, use_case: str) -> tuple[int, int]:
    if use_case in (MAIN, ATTRIBUTE) and not 3 / 4 <= seen.width / seen.height <= 4 / 3:
        return (max(seen.width, seen.height),) * 2
    return seen.width, seen.height
