"""Bank accounts: names and codes that agree with the 全銀 master, and ゆうちょ's 記号・番号 turned
into them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from records.forms import FieldDef
from records.normalise.common import Normalised, empty, half, problem, squeezed, tidy
from records.normalise.kana import ZENGIN_LENGTH, spaced, to_katakana, to_zengin
from records.normalise.zengin import (
    YUCHO,
    BankPlace,
    Former,
    Places,
    agrees,
    alike,
    bank_title,
    banks,
    branch_title,
    branches,
)
from records.types import Problem

KEYS = ("bank_code", "bank_name", "branch_code", "branch_name", "account_kind", "number", "holder")
"""The keys of a bank account's value; an unknown one holds an empty string."""

_KINDS = {
    word: kind
    for kind, words in {
        "普通": "1 普 普通 普通預金 総合 総合口座 通常 通常貯金",
        "当座": "2 当 当座 当座預金 振替 振替口座",
        "納税準備": "3 納税準備 納税準備預金",
        "貯蓄": "4 貯 貯蓄 貯蓄預金 通常貯蓄",
        "その他": "9 その他",
    }.items()
    for word in words.split()
}
"""What people write or tick → 預金種目. The codes are those of the 全銀 formats (1, 2, 3, 4, 9)."""
_BANK_END = re.compile("(?<=銀行|金庫|組合|農協|信金|信組|労金|漁協)")


@dataclass(slots=True)
class _Account:
    """An account being put together, with what speaks against it."""

    value: dict[str, str] = field(default_factory=lambda: dict.fromkeys(KEYS, ""))
    problems: list[Problem] = field(default_factory=list)

    def flag(self, code: str, message: str) -> None:
        self.problems.append(problem(code, message))


def bank_account(definition: FieldDef, text: str, parts: Mapping[str, str]) -> Normalised:
    """An account as a dict of strings with the keys :data:`KEYS`.

    Names become those of the master (みずほ銀行, 丸の内支店); the holder is full-width katakana as
    written, for a bank file see :func:`records.normalise.kana.to_zengin`. Problems: ``missing``,
    ``not_digits``, ``bank_unknown``, ``bank_guess``, ``bank_disagrees``, the same three for
    ``branch``, ``account_kind``, ``number_short``, ``number_long``, ``yucho_symbol``,
    ``yucho_number``, ``holder_not_kana``, ``holder_long``.

    Args:
        definition: its parts say what the form asks for.
        text: all in one line, as :func:`format_account` writes it; used where no part holds text.
        parts: texts of the parts by name (:attr:`records.kinds.Kind.parts`).
    """
    written = {key: tidy(value) for key, value in parts.items()}
    given = {key: value for key, value in written.items() if value} or _split(tidy(text))
    if not given:
        return empty(definition)
    account = _Account()
    symbol = given.get("symbol", "")
    if symbol and not (given.get("bank") or given.get("bank_code")):
        given["bank_code"] = YUCHO
    bank = _place(
        account, banks(), "bank", "金融機関", given.get("bank", ""), given.get("bank_code", ""), 4
    )
    if bank:
        account.value["bank_name"] = bank_title(bank)
    if symbol and (bank is None or bank.code == YUCHO):
        _yucho(account, symbol, given)
    else:
        if symbol:
            account.flag(
                "yucho_symbol",
                "ゆうちょ銀行の記号と、ほかの金融機関の両方が書かれています。どちらか確認してください",
            )
        _ordinary(account, bank, given)
    _holder(account, given.get("holder", ""))
    _missing(account, definition, given)
    return Normalised(account.value, tuple(account.problems))


def _place(
    account: _Account,
    places: Places,
    key: str,
    title: str,
    name: str,
    code: str,
    size: int,
) -> BankPlace | None:
    """The bank or branch that name and code mean together; writes ``<key>_code`` and
    ``<key>_name``."""
    digits = squeezed(half(code)).replace("-", "").strip(".,")
    account.value[f"{key}_name"] = name
    account.value[f"{key}_code"] = digits
    is_code = digits.isascii() and digits.isdigit() and len(digits) == size
    if digits and not is_code:
        wrong = f"{title}コード「{code}」は{size}桁の数字ではありません"
        account.flag("not_digits", f"{wrong}。用紙を見て入力してください")
        digits = ""
    by_code = places.coded(digits)
    by_name = places.named(name) if name else None
    if digits and by_code is None:
        unknown = f"{title}コード「{digits}」は全銀の一覧にありません"
        account.flag(f"{key}_unknown", f"{unknown}。用紙を確認してください")
    if by_code and name and _disagree(name, by_code, by_name):
        differ = f"{title}名「{name}」とコード「{digits}」({by_code.name})が合いません"
        account.flag(f"{key}_disagrees", f"{differ}。用紙を確認してください")
        return None
    found = by_code or by_name
    if found is None and name:
        found = places.near(name)
        # A code that is not on the list speaks against a name that only resembles one.
        if found is not None and digits:
            return None
        _tell_guess(account, key, f"{title}名「{name}」", found)
    if found is None:
        return None
    account.value[f"{key}_code"] = found.code
    former = places.former_codes.get(digits) or _former(places, name)
    if former and former.merged and former.successor == found:
        _tell_merger(account, key, former, found)
    return found


def _disagree(name: str, by_code: BankPlace, by_name: BankPlace | None) -> bool:
    """True where the name means another place than the code, or none that is like it."""
    if agrees(name, by_code) or by_code == by_name:
        return False
    return by_name is not None or not alike(name, by_code)


def _tell_guess(account: _Account, key: str, written: str, found: BankPlace | None) -> None:
    """A name that is not on the list: unknown, or taken for the one that it resembles."""
    if found is None:
        unknown = f"{written}は全銀の一覧にありません。用紙を確認してください"
        account.flag(f"{key}_unknown", unknown)
        return
    guess = f"{written}を「{found.name}」と読みました。用紙を確認してください"
    account.flag(f"{key}_guess", guess)


def _tell_merger(account: _Account, key: str, former: Former, found: BankPlace) -> None:
    merger = f"「{former.name}」は合併して「{bank_title(found)}」({found.code})になりました"
    check = "支店名や店番、口座番号が変わっていないか確認してください"
    account.flag(f"{key}_merged", f"{merger}。{check}")


def _former(places: Places, name: str) -> Former | None:
    """The bank that is gone whose name was written."""
    former = places.former_named(name) if name else None
    if former is None or places.named(name) != former.successor:
        return None
    return former


def _ordinary(account: _Account, bank: BankPlace | None, given: Mapping[str, str]) -> None:
    """Branch, kind and number of an account that is not given by 記号・番号."""
    if bank:
        branch = _place(
            account,
            branches(bank.code),
            "branch",
            "店舗",
            given.get("branch", ""),
            given.get("branch_code", ""),
            3,
        )
        if branch:
            account.value["branch_name"] = branch_title(bank.code, branch)
    else:
        account.value["branch_name"] = given.get("branch", "")
        account.value["branch_code"] = squeezed(half(given.get("branch_code", "")))
    _kind(account, given.get("account_kind", ""))
    number = _digits(account, given.get("number", ""), "口座番号")
    if number and len(number) > 7:
        hint = "ゆうちょ銀行は記号も要ります。" if bank and bank.code == YUCHO else ""
        account.flag(
            "number_long", f"口座番号が{len(number)}桁です(7桁まで)。{hint}用紙を確認してください"
        )
    elif number and len(number) < 7:
        account.flag(
            "number_short",
            f"口座番号が{len(number)}桁です。先頭に0を補いました。用紙を確認してください",
        )
        number = number.zfill(7)
    account.value["number"] = number or given.get("number", "")


def _kind(account: _Account, text: str) -> None:
    key = squeezed(half(text))
    account.value["account_kind"] = _KINDS.get(key, text)
    if key and key not in _KINDS:
        account.flag(
            "account_kind",
            f"預金種目「{text}」が分かりません。普通・当座・貯蓄のどれか確認してください",
        )


def _digits(account: _Account, text: str, title: str) -> str:
    """The digits of ``text``; an empty string, flagged, where it holds anything else."""
    plain = squeezed(half(text)).replace("-", "").strip(".,・*")
    if plain and not (plain.isascii() and plain.isdigit()):
        account.flag(
            "not_digits", f"{title}「{text}」に数字でない文字があります。用紙を見て入力してください"
        )
        return ""
    return plain


def _yucho(account: _Account, symbol: str, given: Mapping[str, str]) -> None:
    """記号・番号 as branch and account number, by ゆうちょ銀行's rule for transfers from other
    banks.

    記号 1abcd is branch ab8 (普通), and its 番号 loses the final 1; 記号 0abcd is branch ab9
    (当座), its 番号 stays. Both numbers are filled up with zeros to seven digits. 10530-12345671 is
    branch 058, number 1234567.
    """
    account.value.update(bank_code=YUCHO, bank_name="ゆうちょ銀行")
    digits = _digits(
        account, symbol.split("-")[0] if re.match(r"\d{5}-", half(symbol)) else symbol, "記号"
    )
    number = _digits(account, given.get("number", ""), "番号")
    account.value["number"] = number or given.get("number", "")
    if not re.fullmatch("[01][0-9]{3}0", digits):
        if digits:
            account.flag(
                "yucho_symbol",
                f"記号「{symbol}」は1か0で始まり0で終わる5桁ではありません。用紙を確認してください",
            )
        return
    current = digits[0] == "0"
    code = digits[1:3] + ("9" if current else "8")
    branch = branches(YUCHO).by_code.get(code)
    account.value.update(branch_code=code, account_kind="当座" if current else "普通")
    if branch:
        account.value["branch_name"] = branch_title(YUCHO, branch)
    else:
        account.flag(
            "branch_unknown",
            f"記号「{symbol}」にあたる店番{code}は全銀の一覧にありません。用紙を確認してください",
        )
    named = branches(YUCHO).named(given.get("branch", ""))
    written = squeezed(half(given.get("branch_code", ""))) or (named.code if named else "")
    if written and written != code:
        account.flag(
            "branch_disagrees",
            f"記号「{symbol}」の店番は{code}ですが、店番「{written}」と書かれています。確認してください",
        )
    if not number:
        return
    if (
        len(number) > 8
        or (not current and (number[-1] != "1" or len(number) < 2))
        or (current and len(number) > 7)
    ):
        rule = "7桁まで" if current else "1で終わる8桁まで"
        account.flag(
            "yucho_number",
            f"番号が{len(number)}桁で、「{rule}」の決まりに合いません。用紙を確認してください",
        )
        return
    account.value["number"] = (number if current else number[:-1]).zfill(7)


def _holder(account: _Account, text: str) -> None:
    if not text:
        return
    value = half_marks(spaced(to_katakana(text)))
    zengin, odd = to_zengin(value)
    account.value["holder"] = text if odd else value
    if odd:
        account.flag(
            "holder_not_kana",
            f"口座名義に、カナの名義で使えない文字「{odd}」があります。用紙を見て入力してください",
        )
    elif len(zengin) > ZENGIN_LENGTH:
        account.flag(
            "holder_long",
            f"口座名義が{len(zengin)}文字です(全銀では{ZENGIN_LENGTH}文字まで)。略し方を確認してください",
        )


def half_marks(text: str) -> str:
    """Letters, digits and marks of a holder's name in half width, capitals; kana and its blanks
    untouched."""
    made = []
    for letter in text:
        is_latin = letter.isascii() or "！" <= letter <= "｝"
        made.append(half(letter).upper() if is_latin else letter)
    return "".join(made)


def _missing(account: _Account, definition: FieldDef, given: Mapping[str, str]) -> None:
    """Flag what the form asks for and nobody wrote."""
    asked = definition.parts.keys() or {"bank", "branch", "number"}
    yucho = bool(given.get("symbol"))
    value = account.value
    pieces = (
        ("金融機関", {"bank", "bank_code"}, value["bank_name"] or value["bank_code"], yucho),
        ("支店", {"branch", "branch_code"}, value["branch_name"] or value["branch_code"], yucho),
        ("預金種目", {"account_kind"}, value["account_kind"], yucho),
        ("口座番号", {"number"}, value["number"], False),
        ("口座名義", {"holder"}, value["holder"], False),
    )
    lacking = []
    for title, names, there, implied in pieces:
        if names & set(asked) and not there and not implied:
            lacking.append(title)
    if lacking:
        account.flag("missing", f"{'・'.join(lacking)}が書かれていません。申請者に確認してください")


def _split(text: str) -> dict[str, str]:
    """The parts of an account written in one line, in the usual order: bank, branch, kind, number,
    holder."""
    found: dict[str, str] = {}
    words = re.sub(r"[((](\d{3,4})[))]", r" \1 ", _BANK_END.sub(" ", text, count=1)).split()
    for index, word in enumerate(words):
        plain = half(word)
        if re.fullmatch(r"[0-9]{5}-[0-9]{1,8}", plain):
            found["symbol"], found["number"] = plain.split("-")
        elif plain.isdigit() and len(plain) == 4 and "branch" not in found:
            found["bank_code"] = plain
        elif plain.isdigit() and len(plain) == 3 and "number" not in found:
            found["branch_code"] = plain
        elif plain.isdigit():
            found[
                "symbol"
                if len(plain) == 5 and "symbol" not in found and "branch" not in found
                else "number"
            ] = plain
        elif squeezed(plain) in _KINDS:
            found["account_kind"] = word
        elif "number" in found:
            found["holder"] = " ".join(words[index:])
            break
        elif "bank" not in found:
            found["bank"] = word
        else:
            found["branch"] = found.get("branch", "") + word
    return found


def format_account(value: Mapping[str, str]) -> str:
    """One line for people, which :func:`bank_account` reads back: みずほ銀行(0001) 丸の内支店(005) 普通
    1234567 カシマ タロウ."""

    def place(key: str) -> str:
        name = value.get(f"{key}_name", "")
        code = value.get(f"{key}_code", "")
        if name and code:
            return f"{name}({code})"
        return name or code

    words = (
        place("bank"),
        place("branch"),
        value.get("account_kind", ""),
        value.get("number", ""),
        value.get("holder", ""),
    )
    return " ".join(word for word in words if word)
