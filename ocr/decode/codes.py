"""The code in a field: which of the codes near its box is meant, what its bytes say, and what
speaks against taking it unseen.

A code is read or not, so nothing is weighed here. What has to be found out is whether it is the
whole of what was printed: one of several, a part of a set, a piece of a covered one, letters in
another encoding.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.zxing import Code, read_codes
from ocr.ink.strokes import Ink
from ocr.place.align import Aligned
from ocr.place.blank import PX, pixels
from ocr.seen import Seen
from records.forms import FieldDef
from records.normalise.plain import visible
from records.types import Box, Gray, Problem, Reading

AROUND = 4.0
"""A code belongs to a box from which its centre is so far away (mm). One that lies elsewhere is
proposed where the box has none, and a person is asked."""

INKED_MM2 = 0.9
"""So much ink in a place for a code is shown to a person."""

_SCALES = (2.0, 1.0, 3.0)
"""Enlargements that are tried until something is read."""

_SMALLEST_MM = 5.0
"""A code is at least so large either way."""

_BREAKS = "\t\n\r"
_OF_FORMATS = "\x1c\x1d\x1e\x1f\x04"
"""Control characters that separate data by design (FNC1, ISO/IEC 15434)."""

_NO_LETTERS = "\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3\ufffd"
"""What bytes that Windows-31J does not assign come out as."""

_START_STOP = "ABCD"


@dataclass(frozen=True)
class Payload:
    """What a code says, and what speaks against it.

    Attributes:
        text: with control characters still in it.
        problems: stable codes with a Japanese sentence each.
    """

    text: str
    problems: tuple[Problem, ...] = ()


def read_code(
    item: FieldDef, box: Box, aligned: Aligned, ink: Ink, code_places: Iterable[Box] = ()
) -> Seen:
    """The code of ``item`` in ``box``.

    Args:
        aligned: the page on its blank.
        ink: what was written, for a place in which nothing is read.
        code_places: places of all codes on the page; what lies in one of the others is not this
            field's.
    """
    image, print_mask = aligned.image, aligned.blank.print_mask
    others = [other for other in code_places if other != box]
    codes = _codes_near(box, image, others)
    moved = False
    if not any(code.valid for code in codes):
        further = _codes_elsewhere(image, print_mask, others)
        moved = not any(_belongs(code, box, others) for code in further)
        codes = further or codes
    valid = [code for code in codes if code.valid]
    if not valid:
        return _none_read(box, aligned, ink, bool(codes))
    payloads = _payloads(valid, item)
    problems = [problem for payload in payloads for problem in payload.problems]
    if len(payloads) > 1:
        problems.insert(0, _several(payloads))
    if len(codes) > len(valid) or _looks_like_code(box, image, print_mask, valid):
        problems.append(
            Problem(
                "code_beside",
                "読めたコードのほかに、読めないコードらしいものがあります。用紙を見て確認してください",
            )
        )
    if moved:
        problems.append(
            Problem(
                "code_moved", "枠から離れた所にあるコードを読みました。用紙を見て確認してください"
            )
        )
    texts = [visible(payload.text) for payload in payloads]
    readings = [Reading(text, None, "zxing") for text in texts]
    shares = tuple((text, 1.0 / len(texts)) for text in texts)
    return Seen(shares, tuple(readings), {"code": 1.0}, tuple(dict.fromkeys(problems)))


def _several(payloads: Sequence[Payload]) -> Problem:
    shown = "」「".join(visible(payload.text)[:30] for payload in payloads[:4])
    return Problem(
        "several_codes",
        f"コードが{len(payloads)}個あり、内容が違います(「{shown}」)。どれか選んでください",
    )


def _none_read(box: Box, aligned: Aligned, ink: Ink, broken: bool) -> Seen:
    """Nothing was read: an empty place, or something that a person looks at."""
    inked = ink.amount(box, 0.5) >= INKED_MM2
    by_blank = bool(_dense_places(aligned.blank.image[pixels(box, aligned.image)] < 128))
    if not (broken or inked or by_blank):
        return Seen((("", 1.0),), (), {"mark_margin": 0.0}, empty=True)
    unreadable = Problem("code_unreadable", "バーコードが読めません。番号を見て入力してください")
    return Seen((("", 1.0),), (), {"mark_margin": 0.0}, (unreadable,))


# --- which codes ----------------------------------------------------------------------------------


def _codes_near(box: Box, image: Gray, others: Sequence[Box]) -> list[Code]:
    """The codes in or around ``box``, in reading order, their corners on the canvas; those that are
    damaged as well."""
    rows, columns = pixels(box, image, AROUND)
    mine: list[Code] = []
    for scale in _SCALES:
        found = [
            code.moved(columns.start, rows.start)
            for code in read_codes(image[rows, columns], scale)
        ]
        mine = [code for code in found if _belongs(code, box, others)]
        if any(code.valid for code in mine):
            break
    return _in_reading_order(mine)


def _codes_elsewhere(
    image: Gray, print_mask: NDArray[np.bool_], others: Sequence[Box]
) -> list[Code]:
    """The codes of the whole page that the blank does not print and that lie in no place of
    another code."""
    found: list[Code] = []
    for place in _dense_places((image < 128) & ~print_mask):
        rows, columns = pixels(place, image, AROUND)
        for code in read_codes(image[rows, columns], _SCALES[0]):
            moved = code.moved(columns.start, rows.start)
            x, y = moved.centre[0] / PX, moved.centre[1] / PX
            taken = any(_holds(other, x, y, AROUND) for other in others)
            if code.valid and not taken:
                found.append(moved)
    return _in_reading_order(found)


def _in_reading_order(codes: Iterable[Code]) -> list[Code]:
    return sorted(codes, key=lambda code: (round(code.centre[1] / (8 * PX)), code.centre[0]))


def _belongs(code: Code, box: Box, others: Sequence[Box]) -> bool:
    """Whether a code is meant for ``box``: its centre lies in it, or near it and in no other."""
    x, y = code.centre[0] / PX, code.centre[1] / PX
    if _holds(box, x, y, 0.0):
        return True
    return _holds(box, x, y, AROUND) and not any(_holds(other, x, y, 0.0) for other in others)


def _holds(box: Box, x: float, y: float, margin: float) -> bool:
    inside = box.x - margin <= x <= box.right + margin
    return inside and box.y - margin <= y <= box.bottom + margin


def _looks_like_code(
    box: Box, image: Gray, print_mask: NDArray[np.bool_], read: Sequence[Code]
) -> bool:
    """Whether something beside the codes that were read is as dense and as large as a code."""
    window = pixels(box, image, AROUND)
    dark = (image[window] < 128) & ~print_mask[window]
    top, left = window[0].start, window[1].start
    for code in read:
        x0, y0, x1, y1 = (round(v) for v in code.bounds)
        quiet = round(1.5 * PX)
        rows = slice(max(0, y0 - top - quiet), max(0, y1 - top + quiet))
        dark[rows, max(0, x0 - left - quiet) : max(0, x1 - left + quiet)] = False
    return bool(_dense_places(dark))


def _dense_places(dark: NDArray[np.bool_]) -> list[Box]:
    """Where something is as dense and as large as a code."""
    mask = dark.astype(np.uint8)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((round(1.2 * PX),) * 2, np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((round(3.5 * PX),) * 2, np.uint8))
    # where the blank's print was taken out of it a code lies in pieces
    wide = cv2.dilate(opened, np.ones((round(2.5 * PX),) * 2, np.uint8))
    whole = cv2.bitwise_and(wide, closed)
    joined = cv2.morphologyEx(whole, cv2.MORPH_CLOSE, np.ones((round(2.5 * PX),) * 2, np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    places = [
        Box(left / PX, top / PX, width / PX, height / PX)
        for left, top, width, height, _ in stats[1:].tolist()
    ]
    return [
        place
        for place in places
        if min(place.width, place.height) >= 0.8 * _SMALLEST_MM
        and max(place.width, place.height) >= _SMALLEST_MM
    ]


# --- what they say --------------------------------------------------------------------------------


def _payloads(codes: Sequence[Code], item: FieldDef) -> list[Payload]:
    """The different things that the codes say; the parts of a set are one thing."""
    sets: dict[tuple[int, int], list[Code]] = {}
    alone: list[Payload] = []
    for code in codes:
        if code.part is None or not code.part.total:
            alone.append(_payload(code, item))
        else:
            sets.setdefault((code.part.total, code.part.parity), []).append(code)
    joined = [_joined(parts) for parts in sets.values()]
    every = [*alone, *joined]
    return list({payload.text: payload for payload in reversed(every)}.values())[::-1]


def _joined(parts: Sequence[Code]) -> Payload:
    """The parts of a set (structured append) in their own order, wherever they stand."""
    by_index = {code.part.index: code for code in parts if code.part}
    known = [by_index[index] for index in sorted(by_index)]
    part = known[0].part
    assert part is not None
    data = b"".join(code.data for code in known)
    text, problems = decoded(data, "".join(code.text for code in known))
    if len(known) < part.total:
        missing = [str(i + 1) for i in range(part.total) if i not in by_index]
        incomplete = Problem(
            "code_incomplete",
            f"{part.total}個で一組のQRコードのうち、{'・'.join(missing)}個目が読めません。"
            "用紙を見て入力してください",
        )
        return Payload(text, (incomplete, *problems))
    different = len({code.data for code in parts}) > part.total
    if different or _parity(data) != part.parity:
        mixed = Problem(
            "code_mixed", "分割QRコードの組み合わせが合いません。用紙を見て確認してください"
        )
        return Payload(text, (mixed, *problems))
    return Payload(text, problems)


def _parity(data: bytes) -> int:
    made = 0
    for byte in data:
        made ^= byte
    return made


def _payload(code: Code, item: FieldDef) -> Payload:
    text, problems = decoded(code.data, code.text)
    found = list(problems)
    if code.symbology == "Codabar" and item.charset:
        text = _without_start_stop(text, item.charset)
    if not text.strip():
        found.append(Problem("code_unreadable", "コードの中身が空です。番号を見て入力してください"))
    if code.part is not None:
        found.append(
            Problem(
                "code_incomplete",
                "分割QRコードの一つかもしれません。用紙を見て確認してください",
            )
        )
    if code.symbology.startswith("ITF") and not item.length:
        found.append(
            Problem(
                "code_length",
                "このバーコード(ITF)は、隠れたり傾いたりすると一部の桁だけで読めてしまいます。"
                f"{len(text)}桁で正しいか確認してください"
                f"(様式に length = {len(text)} と書けば、次から確認は要りません)",
            )
        )
    return Payload(text, tuple(found))


def _without_start_stop(text: str, charset: str) -> str:
    """NW-7 without its start and stop letters where the field's characters have none of them."""
    if any(letter in charset.upper() for letter in _START_STOP):
        return text
    return text[1:-1] if text[:1] in _START_STOP and text[-1:] in _START_STOP else text


def decoded(data: bytes, own: str) -> tuple[str, tuple[Problem, ...]]:
    """The text that ``data`` is: UTF-8 or Windows-31J, whichever it can be.

    Args:
        data: the bytes of a code.
        own: ZXing's text of it, for what is neither.

    Problems: ``code_encoding`` where it can be either or neither, ``code_control`` where it has
    control characters that separate nothing.
    """
    text, sure = _text_of(data, own)
    problems = []
    if not sure:
        problems.append(
            Problem(
                "code_encoding",
                "コードの文字の種類(文字コード)がはっきりしません。用紙を見て確認してください",
            )
        )
    odd = [c for c in text if unicodedata.category(c) == "Cc" and c not in _BREAKS + _OF_FORMATS]
    if odd:
        problems.append(
            Problem(
                "code_control",
                f"コードに文字でないデータ「{visible(''.join(odd[:8]))}」が入っています。"
                "用紙を見て確認してください",
            )
        )
    return text, tuple(problems)


def _text_of(data: bytes, own: str) -> tuple[str, bool]:
    if data.isascii():
        return data.decode("ascii"), True
    unicode, japanese, euc = (_strictly(data, name) for name in ("utf-8", "cp932", "euc_jp"))
    gaiji = any("\ue000" <= c <= "\uf8ff" for c in japanese or unicode or "")
    if unicode is not None and (japanese is None or _is_japanese(unicode)):
        return unicode, not gaiji
    if japanese is None:
        readable = "\ufffd" not in own and own != ""
        return own if readable else data.hex(" ").upper(), False
    hiragana = euc is not None and any("ぁ" <= c <= "ヶ" for c in euc)
    return japanese, unicode is None and not hiragana and not gaiji


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None
    return None if any(c in _NO_LETTERS for c in text) else text


def _is_japanese(text: str) -> bool:
    """Whether all letters are those of Japanese text."""
    return all(
        c.isascii()
        or "\u2010" <= c <= "\u33ff"
        or "\u4e00" <= c <= "\u9fff"
        or "\uf900" <= c <= "\ufaff"
        or "\ufe00" <= c <= "\uffef"
        or c >= "\U00020000"
        for c in text
    )
