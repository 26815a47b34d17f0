#!/bin/sh
# zengin-code: readings of banks have no small kana and U+FF0D (a full-width hyphen-minus) for the
# long vowel, so neither カシヤ nor ソニー is found by its usual spelling; farmers' cooperatives are
# never "JA…"; a bank that was merged has no entry at all, not even by its code.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet zengin_code==1.1.0.20260824
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from zengin_code import Bank

print("zengin_code", version("zengin_code"))
banks = list(Bank.all.values())
kana = "".join(bank.kana for bank in banks)
sony, saga = Bank.all["0035"], Bank.all["8762"]
print(sony.name, sony.kana, [f"U+{ord(c):04X}" for c in sony.kana])
print(saga.name, saga.kana)
print("small kana in readings of banks:", sum(kana.count(c) for c in "ァィゥェォッャュョ"))
print("ー:", kana.count("ー"), "－ (U+FF0D):", kana.count("\uff0d"))
print("names with JA:", [bank.name for bank in banks if "ＪＡ" in bank.name or "JA" in bank.name])
gone = {"0533": "長野", "0118": "みちのく", "0544": "中京", "0180": "十八"}
print("by the code of a merged bank:", {name: Bank.all.get(code) for code, name in gone.items()})
assert sony.kana == "ソニ\uff0d"
assert saga.kana == "サガケンノウキヨウ"
assert kana.count("ー") == 0 < kana.count("\uff0d")
assert not any(c in kana for c in "ァィゥェォッャュョ")
assert not any("ＪＡ" in bank.name or "JA" in bank.name for bank in banks)
names = {bank.name for bank in banks}
assert not any(code in Bank.all or name in names for code, name in gone.items())
PYTHON
