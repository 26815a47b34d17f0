#!/bin/sh
# A Code 39 that prints A+B+C: ZXing reads Abc, as "Code 39 Extended"; only the format Code39Std
# gives what stands there.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet zxing-cpp==3.1.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import zxingcpp

Format = zxingcpp.BarcodeFormat
print("zxing-cpp", version("zxing-cpp"))
for printed, read in (("A+B+C", "Abc"), ("AB/A1", "AB!1"), ("ABC-123", "ABC-123")):
    made = zxingcpp.create_barcode(printed, Format.Code39Std)
    picture = np.asarray(made.to_image(scale=3))
    (usual,) = zxingcpp.read_barcodes(picture)
    (plain,) = zxingcpp.read_barcodes(picture, formats=[Format.Code39Std])
    print(f"printed {printed}: {usual.text} ({usual.format}), as Code39Std {plain.text}")
    assert (usual.text, plain.text) == (read, printed)
PYTHON
