"""Image uploads, for use in products. Source: *Upload Product Image*.

Each upload gets its own uri, even for the same bytes: what TikTok does there is undocumented, and this way tests notice
a client that uploads twice. The size of an image that TikTok makes square is undocumented too: here its longer side.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import Final

from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from sandbox.tiktok.catalog.catalog import Catalog, Upload
from sandbox.tiktok.products.image_format import ImageFormat, UnsupportedImage, read_format
from sandbox.tiktok.products.outcomes import Outcome
from sandbox.tiktok.protocol.errors import ApiError, missing_field
from sandbox.tiktok.protocol.request import Request
from sandbox.tiktok.rules.text_rules import IMAGE_HOST
from sandbox.tiktok.shops import Shop

MAX_BYTES: Final = 10 * 1024 * 1024
MAIN, ATTRIBUTE, SIZE_CHART = "MAIN_IMAGE", "ATTRIBUTE_IMAGE", "SIZE_CHART_IMAGE"
USE_CASES: Final = frozenset(
    {MAIN, ATTRIBUTE, SIZE_CHART, "DESCRIPTION_IMAGE", "CERTIFICATION_IMAGE", "CUSTOMIZATION_IMAGE"}
)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of the form; None for a missing one."""

    data: bytes | None
    use_case: str | None


def parse_form(request: Request) -> Form:
    """Parse the form in the request. Raises `ApiError` 36009023 if it is not multipart."""
    media_type, options = parse_options_header(request.content_type)
    if media_type != "multipart/form-data" or not options.get("boundary"):
        raise ApiError(36009023, "The request body must be multipart: send content-type multipart/form-data.")
    parser = FormDataParser(max_form_memory_size=None, silent=False)
    try:
        _, fields, files = parser.parse(io.BytesIO(request.body), media_type, len(request.body), options)
    except ValueError as error:
        raise ApiError(
            36009023, "The request body must be multipart: it does not end as it should."
        ) from error
    file = files.get("data")
    return Form(None if file is None else file.read(), fields.get("use_case"))


def log_entry(request: Request) -> dict[str, object]:
    """Return the upload for the effect log, with the image's digest; empty for an invalid request."""
    try:
        form = parse_form(request)
    except ApiError:
        return {}
    data = form.data or b""
    return {"use_case": form.use_case, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def upload(catalog: Catalog, shop: Shop, request: Request) -> Outcome:
    """Save an image. Raises `ApiError`."""
    form = parse_form(request)
    if form.data is None:
        raise missing_field("data")
    use_case = form.use_case or MAIN
    if use_case not in USE_CASES:
        raise ApiError(11050001, f"The use_case {use_case!r} is invalid.")
    if not form.data:
        raise ApiError(12038002, "The image is empty.")
    if len(form.data) > MAX_BYTES:
        raise ApiError(12038005, "The image is larger than 10 MB.")
    try:
        image = read_format(form.data)
    except UnsupportedImage as error:
        raise ApiError(12038004, f"The image format is not supported: {error}.") from error
    _check_size(image, use_case)
    width, height = _stored_size(image, use_case)
    uploaded = Upload(f"tos-sandbox/{catalog.next_id()}", shop.app_key, use_case, width, height)
    catalog.add_upload(uploaded)
    data = {"uri": uploaded.uri, "url": IMAGE_HOST + uploaded.uri, "height": height, "width": width}
    return Outcome({**data, "use_case": use_case})


def _check_size(image: ImageFormat, use_case: str) -> None:
    sides = sorted((image.width, image.height))
    minimum, maximum = (300, 4000) if use_case == MAIN else (100, 20_000)
    fits = minimum <= sides[0] and sides[1] <= maximum and (use_case != SIZE_CHART or sides[0] >= 1024)
    if not fits:
        raise ApiError(
            12038014, f"The image has {image.width} x {image.height} pixels, which {use_case} does not take."
        )


def _stored_size(image: ImageFormat, use_case: str) -> tuple[int, int]:
    if use_case in (MAIN, ATTRIBUTE) and not 3 / 4 <= image.width / image.height <= 4 / 3:
        return (max(image.width, image.height),) * 2
    return image.width, image.height
