#!/bin/sh
# An ITF barcode that is tilted: ZXing reads pieces of it as shorter numbers, valid and without an
# error: at 15 degrees beside the whole number, at 21 and 33 degrees without it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet zxing-cpp==3.1.1 numpy==2.4.6 opencv-python-headless==5.0.0.93
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import cv2
import numpy as np
import zxingcpp

PRINTED = "12345678901234"
code = zxingcpp.create_barcode(PRINTED, zxingcpp.BarcodeFormat.ITF)
picture = np.pad(np.asarray(code.to_image(scale=2)), ((60, 60), (40, 40)), constant_values=255)
height, width = picture.shape
print("zxing-cpp", version("zxing-cpp"))
seen = {}
for degrees in (0, 9, 15, 21, 33):
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.7)
    turned = cv2.warpAffine(picture, turn, (width, height), borderValue=255)
    found = zxingcpp.read_barcodes(turned)
    assert all(one.valid and one.error is None for one in found)
    seen[degrees] = [one.text for one in found]
    print(f"{degrees:2d} degrees: {seen[degrees]}")
assert seen[0] == seen[9] == [PRINTED]
assert seen[21] and PRINTED not in seen[21] and all(text in PRINTED for text in seen[21])
assert seen[33] == ["1234"]
PYTHON
