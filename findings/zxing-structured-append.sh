#!/bin/sh
# Three QR codes of one message (structured append): ZXing reads each and says nowhere that it is a
# part, which one, or of how many. The header is in the modules, which to_image() gives back.
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

message = "ABCDEFGHIJ0123456789-abcdefghijklmnopqrstuvwxyz"
pictures = []
for made in segno.make_sequence(message, symbol_count=3):
    dark = np.array([list(row) for row in made.matrix], np.uint8)
    pictures.append((np.kron(255 * (1 - np.pad(dark, 4)), np.ones((4, 4))).astype(np.uint8), dark))
row = np.hstack([pictures[i][0] for i in (2, 0, 1)])
codes = zxingcpp.read_barcodes(row)
single = segno.make("single", micro=False)
dark = np.array([list(line) for line in single.matrix], np.uint8)
alone = zxingcpp.read_barcodes(
    np.kron(255 * (1 - np.pad(dark, 4)), np.ones((4, 4))).astype(np.uint8)
)[0]
print("zxing-cpp", version("zxing-cpp"))
for code in codes:
    print(repr(code.text), code.symbology_identifier, sorted(code.extra))
print("a code that stands alone:", alone.symbology_identifier, sorted(alone.extra))
assert [code.text for code in codes] == [message[32:], message[:16], message[16:32]]
assert {code.symbology_identifier for code in codes} == {alone.symbology_identifier}
assert all(sorted(code.extra) == sorted(alone.extra) for code in codes)
names = [name.lower() for name in dir(codes[0])]
assert not any("sequence" in name or "append" in name or "index" in name for name in names)
modules = np.asarray(codes[0].to_image(scale=1, add_quiet_zones=False)) < 128
print("to_image() of a code that was read gives its modules:", modules.shape)
assert (modules == (pictures[2][1] > 0)).all()
PYTHON
