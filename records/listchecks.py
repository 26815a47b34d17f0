"""Checks against tables: towns by postal code, branches by bank, lists of the office."""

from __future__ import annotations

from records.checkedsheet import CheckedSheet, Verdict, all_say, is_listed
from records.errors import DefinitionError
from records.lists import column_values, is_inside
from records.normalise.address import split_address
from records.normalise.common import list_key
from records.normalise.zengin import banks, branches
from records.site import Office, Town


def check_postal_code(sheet: CheckedSheet) -> Verdict:
    """The postal code is the one of the town in the address, as far as the office's table knows
    them."""
    names = sheet.names[:2]
    if len(names) < 2:
        return {}
    code, address = (sheet.value(name) for name in names)
    if not isinstance(code, str) or not isinstance(address, str):
        return {}
    sentence = _postal_doubt(code, address, sheet.office)
    if not sentence:
        return {}
    return all_say(names, f"{sentence}。どちらか確認してください")


def _postal_doubt(code: str, address: str, office: Office) -> str:
    """Why a postal code and an address do not go together; empty where they may."""
    plain = code.replace("-", "")
    towns = {town.postal_code: town for town in office.towns}
    found = split_address(address, office)
    is_ours = plain in towns or plain == office.other_postal_code
    if found.outside and is_ours:
        return f"郵便番号{code}は{office.city}のものですが、住所は{office.city}ではありません"
    town = found.town
    if town is None or plain in _codes(town, office) or _large_office(plain, office):
        return ""
    there = ""
    if plain in towns:
        there = f"({towns[plain].name})"
    right = f"{town.postal_code[:3]}-{town.postal_code[3:]}"
    return f"「{town.name}」の郵便番号は{right}ですが、{code}{there}と書かれています"


def _codes(town: Town, office: Office) -> set[str]:
    """All postal codes of a town's name: large towns have several."""
    return {other.postal_code for other in office.towns if other.name == town.name}


def _large_office(code: str, office: Office) -> bool:
    """True for a number of the office's range that belongs to one large receiver (大口事業所), not
    to a town."""
    is_of_range = code[:5] == office.other_postal_code[:5]
    return is_of_range and code[5:6] == "9"


def check_branch(sheet: CheckedSheet) -> Verdict:
    """The branch is one of the bank's: accounts, or a bank and a branch in this order, each by
    name, by code or both."""
    found: Verdict = {}
    texts: dict[str, str] = {}
    for name in sheet.filled():
        value = sheet.value(name)
        if isinstance(value, dict):
            bank = str(value.get("bank_code", ""))
            branch = str(value.get("branch_code", ""))
            if bank and branch and branch not in branches(bank).by_code:
                sentence = f"金融機関コード{bank}に店舗コード{branch}はありません"
                found[name] = f"{sentence}。金融機関と支店を確認してください"
        elif isinstance(value, str):
            texts[name] = value
    if len(texts) < 2:
        return found
    doubt = _branch_doubt(list(texts.values()))
    if doubt:
        found |= all_say(list(texts), doubt)
    return found


def _branch_doubt(texts: list[str]) -> str:
    """Why a bank and a branch do not go together, empty where they do; codes are told by their 4
    and 3 digits."""
    codes: dict[int, str] = {}
    named: list[str] = []
    for text in texts:
        if text.isascii() and text.isdigit():
            codes[len(text)] = text
        else:
            named.append(text)
    by_name = None
    if named:
        by_name = banks().named(named[0])
    bank = by_name
    if 4 in codes:
        bank = banks().by_code.get(codes[4])
    if bank is None:
        told = codes.get(4) or "".join(named[:1])
        return f"金融機関「{told}」は全銀の一覧にありません。用紙を確認してください"
    branch_names = named
    if by_name == bank or 4 not in codes:
        branch_names = named[1:]
    theirs = branches(bank.code)
    places = [theirs.named(name) for name in branch_names]
    if 3 in codes:
        places.append(theirs.by_code.get(codes[3]))
    if all(places) and len(set(places)) <= 1:
        return ""
    return f"「{bank.name}」と支店が合いません。金融機関と支店を確認してください"


def check_lookup(sheet: CheckedSheet) -> Verdict:
    """Each filled field is in the ``column`` of the office's list ``file`` (in the form's
    folder)."""
    file = str(sheet.check.params.get("file", ""))
    column = str(sheet.check.params.get("column", ""))
    folder = sheet.form.folder
    if not is_inside(file):
        message = "lookup の「file」は様式のフォルダーの中のファイル名で書いてください"
        raise DefinitionError(message, path=folder, key="file")
    keys = {list_key(text) for text in column_values(folder / file, column)}
    found: Verdict = {}
    for name in sheet.filled():
        value = sheet.value(name)
        if not is_listed(value, keys):
            found[name] = f"「{value}」は一覧({file})にありません。用紙と一覧を確認してください"
    return found
