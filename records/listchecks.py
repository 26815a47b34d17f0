"""Checks against tables: towns by postal code, branches by bank, lists of the office."""

from __future__ import annotations

from pathlib import Path

from records.checkedsheet import CheckedSheet, Verdict, all_say, is_listed
from records.errors import DefinitionError
from records.lists import column_values
from records.normalise.address import split_address
from records.normalise.common import list_key
from records.normalise.zengin import banks, branches
from records.site import Office, Town


def check_postal_code(sheet: CheckedSheet) -> Verdict:
    """The postal code is the one of the town in the address, as far as the office's table knows
    them."""
    code, address = [*map(sheet.value, sheet.names), None, None][:2]
    if not isinstance(code, str) or not isinstance(address, str):
        return {}
    plain, office = code.replace("-", ""), sheet.office
    towns = {town.postal_code: town for town in office.towns}
    found = split_address(address, office)
    sentence = ""
    if found.outside and (plain in towns or plain == office.other_postal_code):
        sentence = f"郵便番号{code}は{office.city}のものですが、住所は{office.city}ではありません"
    elif (
        found.town and plain not in _codes(found.town, office) and not _large_office(plain, office)
    ):
        right = found.town.postal_code
        there = f"({towns[plain].name})" if plain in towns else ""
        sentence = f"「{found.town.name}」の郵便番号は{right[:3]}-{right[3:]}ですが、{code}{there}と書かれています"
    return all_say(sheet.names[:2], f"{sentence}。どちらか確認してください") if sentence else {}


def _codes(town: Town, office: Office) -> set[str]:
    """All postal codes of a town's name: large towns have several."""
    return {other.postal_code for other in office.towns if other.name == town.name}


def _large_office(code: str, office: Office) -> bool:
    """True for a number of the office's range that belongs to one large receiver (大口事業所), not
    to a town."""
    return code[:5] == office.other_postal_code[:5] and code[5:6] == "9"


def check_branch(sheet: CheckedSheet) -> Verdict:
    """The branch is one of the bank's: accounts, or a bank and a branch in this order, each by
    name, by code or both."""
    found: Verdict = {}
    texts: dict[str, str] = {}
    for name in sheet.filled():
        value = sheet.value(name)
        if isinstance(value, dict):
            codes = str(value.get("bank_code", "")), str(value.get("branch_code", ""))
            if all(codes) and codes[1] not in branches(codes[0]).by_code:
                found[name] = (
                    f"金融機関コード{codes[0]}に店舗コード{codes[1]}はありません。金融機関と支店を確認してください"
                )
        elif isinstance(value, str):
            texts[name] = value
    return found | (
        all_say(list(texts), sentence)
        if len(texts) > 1 and (sentence := _branch_doubt(list(texts.values())))
        else {}
    )


def _branch_doubt(texts: list[str]) -> str:
    """Why a bank and a branch do not go together, empty where they do; codes are told by their 4
    and 3 digits."""
    codes = {len(t): t for t in texts if t.isascii() and t.isdigit()}
    named = [t for t in texts if not (t.isascii() and t.isdigit())]
    by_name = banks().named(named[0]) if named else None
    bank = banks().by_code.get(codes[4]) if 4 in codes else by_name
    if bank is None:
        return f"金融機関「{codes.get(4) or (named or [''])[0]}」は全銀の一覧にありません。用紙を確認してください"
    branch_names = named[1:] if by_name == bank or 4 not in codes else named
    theirs = branches(bank.code)
    places = [theirs.named(name) for name in branch_names] + (
        [theirs.by_code.get(codes[3])] if 3 in codes else []
    )
    if all(places) and len(set(places)) <= 1:
        return ""
    return f"「{bank.name}」と支店が合いません。金融機関と支店を確認してください"


def check_lookup(sheet: CheckedSheet) -> Verdict:
    """Each filled field is in the ``column`` of the office's list ``file`` (in the form's
    folder)."""
    file, column = (
        str(sheet.check.params.get("file", "")),
        str(sheet.check.params.get("column", "")),
    )
    if not file or Path(file).is_absolute() or ".." in Path(file).parts:
        raise DefinitionError(
            "lookup の「file」は様式のフォルダーの中のファイル名で書いてください",
            path=sheet.form.folder,
            key="file",
        )
    keys = {list_key(text) for text in column_values(sheet.form.folder / file, column)}
    missing = [n for n in sheet.filled() if not is_listed(sheet.value(n), keys)]
    return {
        n: f"「{sheet.value(n)}」は一覧({file})にありません。用紙と一覧を確認してください"
        for n in missing
    }
