#!/bin/sh
# Readings of surnames: japanese-personal-name-dataset has exactly one for each, for 新田 the rare
# one; IPADIC has several for a few hundred, and for 高橋 one that hardly anybody has (タカバシ).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet japanese-personal-name-dataset==0.4.0 ipadic==1.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import csv
import re
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import ipadic

print(
    "japanese-personal-name-dataset", version("japanese-personal-name-dataset"),
    "ipadic", version("ipadic"),
)  # fmt: skip
table = files("japanese_personal_name_dataset") / "dataset" / "last_name_org.csv"
listed = {}
with table.open(encoding="utf-8") as stream:
    for name, _, reading, *_ in csv.reader(stream):
        listed.setdefault(name, []).append(reading)
pattern = re.compile("\0名詞,固有名詞,人名,姓,\\*,\\*,([^,\0]+),([^,\0]+),".encode())
dictionary = {}
for name, kana in pattern.findall((Path(ipadic.DICDIR) / "sys.dic").read_bytes()):
    dictionary.setdefault(name.decode(), set()).add(kana.decode())
several = [name for name in listed if len(dictionary.get(name, ())) > 1]
print(len(listed), "surnames in the dataset, with several readings:",
      sum(len(r) > 1 for r in listed.values()))  # fmt: skip
print("of these with several readings in IPADIC:", len(several))
for name in ("中島", "新田", "渡部", "高橋", "角田", "石川"):
    print(name, listed[name], sorted(dictionary[name]))
assert all(len(readings) == 1 for readings in listed.values())
assert listed["新田"] == ["しんでん"]
assert listed["中島"] == ["なかじま"]
assert dictionary["中島"] == {"ナカジマ", "ナカシマ"}
assert "タカバシ" in dictionary["高橋"]
assert dictionary["石川"] == {"イシカワ"}
assert len(several) > 300
PYTHON
