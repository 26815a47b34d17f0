"""Kana to fit and test the small networks with: from fonts only, each stroke set a little apart
from the others."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from tools.glyph_data import Maker, fit_in
from tools.glyph_strokes import SIZE, Ink

KATAKANA = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
    "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポヴー"
)
HIRAGANA = (
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
    "がぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽ"
)
"""The classes. A small kana is of the class of its large form: a picture at one size does not tell
them apart."""

LARGE = str.maketrans(
    "ァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎ", "アイウエオツヤユヨワカケあいうえおつやゆよわ"
)

NO_KANA = (
    "ABDEGHKMNPQRSWXabdeghkmpqw"
    "0235689"
    "#%&*=?@¥"
    "五六七九百万円年月日中小山川田木水火金土左右本名生先学校市町村区県東西南北京都高橋佐藤鈴渡辺伊井石松林森野原島崎福岡"
    "長谷明昭和平成令有無男女父母元間時美子愛真由恵雄介"
)
"""Characters that nobody takes for a kana. The other kana are left out: a hand that mixes them is
for the field to judge."""


def loose(ink: Ink, rng: np.random.Generator) -> Ink:
    """The same character with its separate strokes (ツ, シ, ソ, ン, ハ, the dakuten) each moved,
    turned and scaled."""
    count, labels, stats, centres = cv2.connectedComponentsWithStats(
        (ink > 40).astype(np.uint8), connectivity=8
    )
    if count < 3:
        return ink
    strong = float(rng.uniform(0, 1.4))
    whole = np.zeros_like(ink)
    for number in range(1, count):
        if stats[number, cv2.CC_STAT_AREA] < 20:
            continue
        x, y = centres[number]
        matrix = cv2.getRotationMatrix2D(
            (float(x), float(y)),
            rng.normal(0, 6 * strong),
            float(np.exp(rng.normal(0, 0.09 * strong))),
        )
        matrix[:, 2] = matrix[:, 2] + rng.normal(0, 3.0 * strong, 2)
        part = np.where(labels == number, ink, 0).astype(np.uint8)
        np.maximum(whole, cv2.warpAffine(part, matrix, (SIZE, SIZE)), out=whole)
    return whole


def loosely(inks: list[Ink]) -> Maker:
    """A maker that takes one of the pictures and sets its strokes apart."""
    return lambda rng: loose(inks[int(rng.integers(len(inks)))], rng)


def labelled(folder: Path) -> dict[str, list[Ink]]:
    """Pictures of single characters, dark on white, named by ``truth.tsv`` (file, tab, character).

    Raises:
        FileNotFoundError: a picture is not there.
    """
    found: dict[str, list[Ink]] = {}
    for line in (folder / "truth.tsv").read_text("utf-8").splitlines():
        name, character = line.split("\t")
        gray = cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE)
        if gray is None:
            raise FileNotFoundError(folder / name)
        ink = fit_in(np.asarray(np.clip((225 - gray.astype(np.int16)) * 2, 0, 255), np.uint8))
        if ink is not None:
            found.setdefault(character, []).append(ink)
    return found
