"""One page of a sheet as it is shown: cut out, covered, and as JPEG."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from records.types import Box, Gray, Record

_COVER = 1.5  # mm beyond the box: people write over the edge


@dataclass(frozen=True, eq=False)
class ShownPage:
    """One page of a sheet as it is shown: gray, and pixels per mm of its blank."""

    image: Gray
    ppm: float

    @property
    def size_mm(self) -> tuple[float, float]:
        height, width = self.image.shape[:2]
        return width / self.ppm, height / self.ppm


def covered(page: ShownPage, record: Record, number: int, hidden: Collection[str]) -> Gray:
    """The picture of page ``number``, with the boxes of the ``hidden`` fields covered."""
    fields = [record.fields[name] for name in hidden]
    boxes = [field.box for field in fields if field.page == number]
    if not any(boxes):
        return page.image
    image = Image.fromarray(page.image)
    draw = ImageDraw.Draw(image)
    for box in boxes:
        if box is not None:
            rows, columns = pixels(page, box, _COVER, _COVER)
            corners = (columns.start, rows.start, columns.stop, rows.stop)
            draw.rectangle(corners, fill=120)
    return np.asarray(image)


def one_below_the_other(pages: Sequence[ShownPage]) -> ShownPage:
    """The pages of a letter as one long sheet: no field of it has a page of its own."""
    wide = max(page.image.shape[1] for page in pages)
    ppm = pages[0].ppm
    rows = []
    for page in pages:
        more = wide - page.image.shape[1]
        padding = ((0, 0), (0, more))
        rows.append(np.pad(page.image, padding, constant_values=255))
        line = (max(1, round(ppm)), wide)
        rows.append(np.full(line, 120, np.uint8))
    return ShownPage(np.concatenate(rows[:-1]), ppm)


def pixels(
    page: ShownPage, box: Box, dx: float, dy: float, more: float = 0.0
) -> tuple[slice, slice]:
    """Rows and columns of ``box`` grown by (dx, dy) mm and ``more`` on the right, within the image
    and never empty."""
    height, width = page.image.shape
    top = (box.y - dy) * page.ppm
    left = (box.x - dx) * page.ppm
    bottom = (box.bottom + dy) * page.ppm
    right = (box.right + dx + more) * page.ppm
    top = int(np.clip(top, 0, height - 2))
    left = int(np.clip(left, 0, width - 2))
    bottom = int(np.clip(bottom, top + 1, height))
    right = int(np.clip(right, left + 1, width))
    return slice(top, bottom), slice(left, right)


def jpeg(image: Image.Image, quality: int) -> bytes:
    """A gray picture as JPEG."""
    out = io.BytesIO()
    image.convert("L").save(out, "JPEG", quality=quality)
    return out.getvalue()
