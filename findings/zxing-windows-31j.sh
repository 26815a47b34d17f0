#!/bin/sh
# A QR code with Windows-31J bytes and no ECI: ZXing's text has U+FFFD for letters that only
# Windows-31J has, and for two bytes alone Latin letters; its bytes are right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet zxing-cpp==3.1.1 segno==1.6.6 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import segno
import zxingcpp


def read(text):
    made = segno.make(text, encoding="cp932", mode="byte", micro=False)
    dark = np.array([list(row) for row in made.matrix], np.uint8)
    picture = np.kron(255 * (1 - np.pad(dark, 4)), np.ones((4, 4))).astype(np.uint8)
    (code,) = zxingcpp.read_barcodes(picture)
    return code


print("zxing-cpp", version("zxing-cpp"), "segno", version("segno"))
seen = {}
for text in ("佐賀県", "髙橋 太郎", "①㈱髙﨑", "髙"):
    code = read(text)
    seen[text] = (code.text, code.bytes.decode("cp932"))
    print(f"printed {text!r}: text {code.text!r}, bytes {seen[text][1]!r}")
assert all(by_bytes == text for text, (_, by_bytes) in seen.items())
assert seen["佐賀県"][0] == "佐賀県"
assert seen["髙橋 太郎"][0] == "\ufffd橋 太郎"
assert seen["①㈱髙﨑"][0] == "\ufffd" * 4
assert seen["髙"][0] == "îà"
PYTHON
