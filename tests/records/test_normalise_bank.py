"""Bank accounts against the 全銀 master, and ゆうちょ's 記号・番号."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.forms import FieldDef, Part
from records.normalise import normalise
from records.normalise.bank import KEYS, format_account
from records.normalise.kana import kana_key, to_hiragana, to_katakana
from records.normalise.zengin import bank_title, banks, branch_title, branches
from records.types import Box
from tests.kashima import KASHIMA

OFFICE = KASHIMA
PLACE = Part(Box(1, 1, 1, 1))
ACCOUNT = FieldDef(
    "b",
    "bank_account",
    parts=dict.fromkeys(("bank", "branch", "account_kind", "number", "holder"), PLACE),
)
YUCHO = FieldDef("b", "bank_account", parts=dict.fromkeys(("symbol", "number"), PLACE))
GOOD = {
    "bank": "佐賀銀行",
    "branch": "鹿島支店",
    "account_kind": "普通",
    "number": "1234567",
    "holder": "カシマ タロウ",
}
VALUE = {
    "bank_code": "0179",
    "bank_name": "佐賀銀行",
    "branch_code": "669",
    "branch_name": "鹿島支店",
    "account_kind": "普通",
    "number": "1234567",
    "holder": "カシマ　タロウ",
}


def read(
    field: FieldDef = ACCOUNT, text: str = "", **parts: str
) -> tuple[dict[str, str], list[str]]:
    made = normalise(field, text, OFFICE, parts)
    return made.value, [p.code for p in made.problems]


def test_names_become_those_of_the_master_with_their_codes() -> None:
    assert read(**GOOD) == (VALUE, [])
    for change in (
        {"bank": "佐賀"},
        {"bank": "ｻｶﾞ"},
        {"bank": "佐賀 銀行"},
        {"branch": "鹿島"},
        {"branch": "カシマ"},
        {"number": "１２３４５６７"},
        {"holder": "ｶｼﾏ ﾀﾛｳ"},
        {"holder": "かしま たろう"},
        {"account_kind": "1"},
        {"bank_code": "0179"},
        {"branch_code": "６６９"},
    ):
        assert read(**{**GOOD, **change}) == (VALUE, []), change


@pytest.mark.parametrize(
    ("name", "code", "title"),
    [
        ("佐賀信用金庫", "1931", "佐賀信用金庫"),
        ("佐賀信金", "1931", "佐賀信用金庫"),
        ("佐賀県農業協同組合", "8762", "佐賀県農業協同組合"),
        ("三菱UFJ銀行", "0005", "三菱UFJ銀行"),
        ("三菱ＵＦＪ", "0005", "三菱UFJ銀行"),
        ("みずほ", "0001", "みずほ銀行"),
        ("九州労働金庫", "2990", "九州労働金庫"),
        ("ゆうちょ銀行", "9900", "ゆうちょ銀行"),
        ("三井住友信託銀行", "0294", "三井住友信託銀行"),
        ("佐賀東信用組合", "2803", "佐賀東信用組合"),
    ],
)
def test_banks_are_found_under_the_names_that_people_use(name: str, code: str, title: str) -> None:
    found = banks().named(name)
    assert found is not None
    assert (found.code, bank_title(found)) == (code, title)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("JAさが", "8762"),
        ("ＪＡ佐賀", "8762"),
        ("JAバンク佐賀", "8762"),
        ("佐賀県農協", "8762"),
        ("JA伊万里", "8771"),
        ("さがみ農協", "5131"),
        ("JAさがみ", "5131"),
        ("JAからつ", "8766"),
        ("JAグリーンながの", "5477"),
        ("JFしまね漁協", "9481"),
        ("さがしんきん", "1931"),
        ("佐賀東しんくみ", "2803"),
        ("九州ろうきん", "2990"),
        ("㈱佐賀銀行", "0179"),
        ("佐賀銀行(株)", "0179"),
        ("株式会社 みずほ銀行", "0001"),
        ("さがぎんこう", "0179"),
        ("ユウチョ銀行", "9900"),
        ("ゆうちょ銀", "9900"),
        ("ソニー銀行", "0035"),
        ("ｿﾆｰｷﾞﾝｺｳ", "0035"),
    ],
)
def test_banks_are_found_however_an_applicant_writes_them(name: str, code: str) -> None:
    found = banks().named(name)
    assert found is not None
    assert found.code == code


def test_every_cooperative_is_found_by_ja_and_its_name_or_reading() -> None:
    """JA with the name, in kanji or in kana, finds it or none that is not alone in that; never
    another one."""
    from zengin_code import Bank

    cooperatives = [b for b in Bank.all.values() if b.name.endswith("農協")]
    assert len(cooperatives) > 400
    for one in cooperatives:
        reading = kana_key(one.kana).removesuffix("ノウキヨウ")
        for name in (one.name.removesuffix("農協"), reading, to_hiragana(reading)):
            found = banks().named(f"JA{name}")
            assert found is not None, name
            assert found.code == one.code, name


@pytest.mark.parametrize(
    ("written", "code", "merged"),
    [
        ({"bank": "長野銀行"}, "0143", True),
        ({"bank": "長野", "bank_code": "0533"}, "0143", True),
        ({"bank": "八十二長野銀行", "bank_code": "0533"}, "0143", True),
        ({"bank": "", "bank_code": "0533"}, "0143", True),
        ({"bank": "愛知銀行", "bank_code": "0542"}, "0542", True),
        ({"bank": "みちのく銀行"}, "0117", True),
        ({"bank": "十八銀行"}, "0181", True),
        ({"bank": "杵島信金"}, "1933", True),
        ({"bank": "三菱東京UFJ銀行"}, "0005", False),
        ({"bank": "㈱新生銀行"}, "0397", False),
        ({"bank": "あいち銀行"}, "0542", False),
    ],
)
def test_a_bank_that_is_gone_is_evidence_for_its_successor(
    written: dict[str, str], code: str, merged: bool
) -> None:
    parts = {**GOOD, **written, "branch": ""}
    value, codes = read(**parts)
    assert value["bank_code"] == code
    assert value["bank_name"] == bank_title(banks().by_code[code])
    assert ("bank_merged" in codes) == merged
    assert not {"bank_unknown", "bank_disagrees", "bank_guess"} & set(codes)


@pytest.mark.parametrize("name", ["JA静岡", "JA", "JAバンク", "農協", "銀行", "JA佐", "佐銀"])
def test_a_name_that_may_be_several_is_none(name: str) -> None:
    assert banks().named(name) is None


def test_a_former_code_beside_another_bank_is_a_contradiction() -> None:
    assert "bank_disagrees" in read(**{**GOOD, "bank_code": "0533"})[1]


def test_the_table_of_former_banks_goes_with_the_master() -> None:
    table = (files("records.normalise") / "merged_banks.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in table.splitlines() if not line.startswith("#")]
    assert len(rows) > 60
    assert len({name for name, *_ in rows}) == len(rows)
    now = banks()
    for name, code, successor, date, how in rows:
        assert successor in now.by_code, name
        assert code in ("", successor) or code not in now.by_code, name
        assert how in ("merged", "renamed"), name
        assert date[:4].isdecimal(), name
        assert now.named(name) == now.by_code[successor], f"{name} is another bank today"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"bank": "佐賀信用金庫", "bank_code": "0179"}, "bank_disagrees"),
        ({"bank_code": "0001"}, "bank_disagrees"),
        ({"bank_code": "9999"}, "bank_unknown"),
        ({"bank": "存在しない銀行"}, "bank_unknown"),
        ({"bank_code": "179"}, "not_digits"),
        ({"branch": "鹿鳥支店"}, "branch_guess"),
        ({"branch": "存在しない支店"}, "branch_unknown"),
        ({"branch": "多久", "branch_code": "669"}, "branch_disagrees"),
        ({"account_kind": "普通当座"}, "account_kind"),
        ({"number": "12345678"}, "number_long"),
        ({"number": "12345"}, "number_short"),
        ({"number": "12345O7"}, "not_digits"),
        ({"holder": "鹿島太郎"}, "holder_not_kana"),
        ({"holder": "カ" * 31}, "holder_long"),
        ({"number": ""}, "missing"),
        ({"holder": ""}, "missing"),
        ({"branch": ""}, "missing"),
        ({"account_kind": ""}, "missing"),
        ({"bank": ""}, "missing"),
        ({"symbol": "10530"}, "yucho_symbol"),
    ],
)
def test_contradictions_and_gaps_are_problems(change: dict[str, str], code: str) -> None:
    value, codes = read(**{**GOOD, **change})
    assert codes == [code]
    assert set(value) == set(KEYS)


def test_a_guess_is_filled_in_and_a_contradiction_is_not() -> None:
    assert read(**{**GOOD, "branch": "鹿鳥支店"})[0] == VALUE
    assert (
        read(**{**GOOD, "bank": "佐賀信用金庫", "bank_code": "0179"})[0]["bank_name"]
        == "佐賀信用金庫"
    )
    assert read(**{**GOOD, "number": "12345"})[0]["number"] == "0012345"
    assert read(**{**GOOD, "holder": "鹿島太郎"})[0]["holder"] == "鹿島太郎"


def test_a_misread_name_with_the_right_code_needs_no_guess() -> None:
    assert read(**{**GOOD, "bank": "佐貿銀行", "bank_code": "0179"}) == (VALUE, [])


@pytest.mark.parametrize(
    ("symbol", "number", "branch", "kind", "account"),
    [
        ("10530", "12345671", "058", "普通", "1234567"),
        ("１０５３０", "１２３４５６７１", "058", "普通", "1234567"),
        ("17300", "1992761", "738", "普通", "0199276"),
        ("10530-2", "12345671", "058", "普通", "1234567"),
        ("00530", "123456", "059", "当座", "0123456"),
    ],
)
def test_yucho_symbol_and_number(
    symbol: str, number: str, branch: str, kind: str, account: str
) -> None:
    value, codes = read(YUCHO, symbol=symbol, number=number)
    assert codes == []
    assert (value["bank_code"], value["branch_code"], value["account_kind"], value["number"]) == (
        "9900",
        branch,
        kind,
        account,
    )
    assert value["branch_name"] == branch_title("9900", branches("9900").by_code[branch])


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"symbol": "10530", "number": "12345672"}, "yucho_number"),
        ({"symbol": "10530", "number": "1234567891"}, "yucho_number"),
        ({"symbol": "20530", "number": "12345671"}, "yucho_symbol"),
        ({"symbol": "10535", "number": "12345671"}, "yucho_symbol"),
        ({"symbol": "1053", "number": "12345671"}, "yucho_symbol"),
        ({"symbol": "1O530", "number": "12345671"}, "not_digits"),
        ({"symbol": "10530", "number": "12345671", "branch_code": "068"}, "branch_disagrees"),
        ({"symbol": "10530", "number": "12345671", "branch": "〇六八"}, "branch_disagrees"),
        ({"symbol": "13990", "number": "12345671"}, "branch_unknown"),
        ({"symbol": "10530", "number": ""}, "missing"),
    ],
)
def test_doubtful_yucho_accounts(parts: dict[str, str], code: str) -> None:
    assert read(YUCHO, **parts)[1] == [code]


def test_yucho_by_its_branch_is_an_ordinary_account() -> None:
    value, codes = read(**{**GOOD, "bank": "ゆうちょ銀行", "branch": "〇五八"})
    assert codes == []
    assert (value["bank_code"], value["branch_code"], value["number"]) == ("9900", "058", "1234567")
    assert read(**{**GOOD, "bank": "ゆうちょ銀行", "branch": "〇五八", "number": "12345671"})[
        1
    ] == ["number_long"]


def test_an_account_in_one_line() -> None:
    line = "佐賀銀行(0179) 鹿島支店(669) 普通 1234567 カシマ　タロウ"
    assert format_account(VALUE) == line
    assert read(text=line) == (VALUE, [])
    assert read(text="佐賀銀行鹿島支店 普通 1234567 カシマ タロウ") == (VALUE, [])
    assert (
        read(FieldDef("b", "bank_account"), text="ゆうちょ銀行 10530-12345671")[0]["branch_code"]
        == "058"
    )
    assert normalise(ACCOUNT, "", OFFICE).value is None


def test_all_banks_and_branches_are_found_by_their_titles() -> None:
    """The whole master: a title finds its own place, or none where two places share it; never
    another one."""
    shared = []
    for bank in banks().by_code.values():
        assert banks().named(bank_title(bank)) == bank
        theirs = branches(bank.code)
        for branch in theirs.by_code.values():
            found = theirs.named(branch_title(bank.code, branch))
            assert found in (branch, None), (bank, branch)
            shared += [] if found else [(bank.code, branch.code)]
    assert shared == [("0489", "001"), ("0489", "718")]


def test_however_a_name_is_dressed_it_is_never_another_bank() -> None:
    """㈱ before or behind, blanks between, 銀 for 銀行, the reading with ギンコウ or ぎんこう."""
    from zengin_code import Bank

    found = 0
    for bank in banks().by_code.values():
        title = bank_title(bank)
        kana = to_katakana(Bank.all[bank.code].kana)
        dressed = [f"㈱{title}", f"{title}(株)", f"株式会社　{title}", " ".join(title)]
        if title.endswith("銀行"):
            dressed += [title.removesuffix("行"), f"{kana}ギンコウ", f"{to_hiragana(kana)}ぎんこう"]
        for name in dressed:
            named = banks().named(name)
            assert named in (bank, None), (name, named)
            found += named is not None
        assert banks().named(dressed[0]) == bank
    assert found > 4500


def test_banks_that_differ_by_the_form_of_a_letter_stay_apart() -> None:
    assert [p.code for p in map(banks().named, ("中国銀行", "中國銀行")) if p] == ["0168", "0489"]
    assert read(**{**GOOD, "bank": "中國銀行", "branch": "東京支店"})[1] == ["branch_unknown"], (
        "two branches have that name"
    )
    assert read(**{**GOOD, "bank": "中國銀行", "branch": "東京支店", "branch_code": "718"})[1] == []


@pytest.mark.parametrize("name", ["〇五八", "〇五八店", "○五八", "058", "０５８店"])
def test_a_yucho_branch_by_its_number(name: str) -> None:
    value, codes = read(**{**GOOD, "bank": "ゆうちょ", "branch": name})
    assert (value["branch_code"], value["branch_name"], codes) == ("058", "〇五八店", [])


@given(st.data())
def test_every_branch_is_found_by_the_name_that_people_use_or_by_its_code(
    data: st.DataObject,
) -> None:
    bank = data.draw(st.sampled_from(sorted(banks().by_code.values(), key=lambda b: b.code)))
    theirs = sorted(branches(bank.code).by_code.values(), key=lambda b: b.code)
    if not theirs:
        return
    branch = data.draw(st.sampled_from(theirs))
    value, codes = read(
        **{
            **GOOD,
            "bank": bank_title(bank),
            "bank_code": bank.code,
            "branch": branch_title(bank.code, branch),
            "branch_code": branch.code,
        }
    )
    assert codes == []
    assert (value["bank_code"], value["branch_code"]) == (bank.code, branch.code)


NAMES = ("bank", "bank_code", "branch", "branch_code", "account_kind", "number", "holder", "symbol")
LETTERS = "佐賀銀行鹿島支店ゆうちょ普通0123456789 -()カ"


@given(
    st.dictionaries(st.sampled_from(NAMES), st.text(alphabet=LETTERS, max_size=10)),
    st.text(alphabet=LETTERS, max_size=16),
)
def test_no_text_breaks_an_account(parts: dict[str, str], text: str) -> None:
    value, _ = read(ACCOUNT, text, **parts)
    assert value is None or (
        set(value) == set(KEYS) and all(isinstance(v, str) for v in value.values())
    )


def test_the_master_is_loaded_only_for_banks() -> None:
    program = (
        "import sys\nfrom records.normalise import normalise\nfrom "
        "records.forms import FieldDef\nfrom records.site import Office\n"
        "normalise(FieldDef('t', 'phone'), '63-2111', Office())\nassert 'zengin_code' not in sys.modules\n"
        "normalise(FieldDef('b', 'bank_account'), '佐賀銀行 鹿島', Office())\nassert 'zengin_code' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
