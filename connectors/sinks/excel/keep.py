"""What openpyxl does not carry from an office's workbook to the saved one, put back afterwards.

* Furigana (``<rPh>``) of each cell whose text is still the same: Japanese staff sort names by it.
  openpyxl drops it, and writes every text into its cell instead of the table of shared strings.
* Sheet extensions: drop-down lists that take their values from another sheet, data bars and icon
  sets of Excel 2010 and later, sparklines. They stand by themselves at the end of a sheet, so they
  can be put back as they were.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from html import unescape

_STRINGS = "xl/sharedStrings.xml"
_ITEM = re.compile(r"<si\b[^>]*?(?:/>|>.*?</si>)", re.DOTALL)
_CELL = re.compile(r"<c\b(?P<attributes>[^>]*?)(?:/>|>(?P<content>.*?)</c>)", re.DOTALL)
_PHONETIC = re.compile(r"<rPh\b.*?</rPh>|<phoneticPr\b[^>]*?/>", re.DOTALL)
_FONT = re.compile(r"\bfontId=\"\d+\"")
_TEXT = re.compile(r"<t\b[^>]*?(?:/>|>(.*?)</t>)", re.DOTALL)
_EXT = re.compile(r"<ext\b[^>]*\buri=\"(\{[^\"]+\})\".*?</ext>", re.DOTALL)
_KEPT_EXTENSIONS = (
    "{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}",  # data validations
    "{78C0D931-6437-407D-A8EE-F0AAD7539E65}",  # conditional formattings
    "{05C60535-1F16-4FD2-B633-F4F36F0B64E0}",  # sparklines
)


def carry_over(original: bytes, saved: bytes) -> bytes:
    """``saved`` with the furigana and sheet extensions of ``original``; both are whole ``.xlsx``
    files."""
    with zipfile.ZipFile(io.BytesIO(original)) as old, zipfile.ZipFile(io.BytesIO(saved)) as new:
        changed: dict[str, bytes] = {}
        strings = _shared(old)
        before = _sheets(old)
        for title, part in _sheets(new).items():
            if title in before:
                kept = old.read(before[title]).decode("utf-8")
                sheet = new.read(part).decode("utf-8")
                made = _with_furigana(sheet, _furigana(kept, strings))
                extensions = _sheet_extensions(kept)
                if extensions:
                    made = made.replace(
                        "</worksheet>", f"<extLst>{extensions}</extLst></worksheet>"
                    )
                if made != sheet:
                    changed[part] = made.encode()
        if not changed:
            return saved
        result = io.BytesIO()
        with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as archive:
            for item in new.infolist():
                archive.writestr(item, changed.get(item.filename) or new.read(item.filename))
    return result.getvalue()


def _shared(archive: zipfile.ZipFile) -> list[str]:
    """The shared strings as XML, only if any has furigana."""
    source = archive.read(_STRINGS).decode("utf-8") if _STRINGS in archive.namelist() else ""
    return _ITEM.findall(source) if "<rPh" in source else []


def _furigana(sheet: str, strings: list[str]) -> dict[str, tuple[str, str]]:
    """Cell → its text and its furigana as XML."""
    if not strings and "<rPh" not in sheet:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for cell in _CELL.finditer(sheet):
        content = cell["content"] or ""
        if 't="s"' in cell["attributes"]:
            number = re.search(r"<v>(\d+)</v>", content)
            content = strings[int(number[1])] if number and int(number[1]) < len(strings) else ""
        if "<rPh" in content:
            # The numbering of fonts is openpyxl's own now; the first font is there in any workbook.
            spoken = _FONT.sub('fontId="0"', "".join(_PHONETIC.findall(content)))
            found[_place(cell["attributes"])] = _text(content), spoken
    return found


def _with_furigana(sheet: str, furigana: Mapping[str, tuple[str, str]]) -> str:
    def speak(cell: re.Match[str]) -> str:
        text, spoken = furigana.get(_place(cell["attributes"]), ("", ""))
        content = cell["content"] or ""
        if not spoken or "</is>" not in content or _text(content) != text:
            return cell[0]
        return cell[0].replace("</is>", f"{spoken}</is>")

    return _CELL.sub(speak, sheet) if furigana else sheet


def _place(attributes: str) -> str:
    found = re.search(r"\br=\"([A-Z]+\d+)\"", attributes)
    return found[1] if found else ""


def _text(item: str) -> str:
    return unescape("".join(_TEXT.findall(_PHONETIC.sub("", item))))


def _sheet_extensions(sheet: str) -> str:
    """The extensions at the end of a sheet that need no other part."""
    start, end = sheet.rfind("<extLst"), sheet.rfind("</extLst>")
    if start < 0 or not re.fullmatch(r"</extLst>\s*</worksheet>\s*", sheet[end:]):
        return ""
    root = sheet[sheet.find("<worksheet") :]
    spaces = dict(re.findall(r"xmlns:(\w+)=\"([^\"]+)\"", root[: root.find(">")]))
    return "".join(
        _declared(match[0], spaces)
        for match in _EXT.finditer(sheet[start:end])
        if match[1].upper() in _KEPT_EXTENSIONS
    )


def _declared(ext: str, spaces: Mapping[str, str]) -> str:
    """An extension with the name spaces that the root of its old sheet declared for it."""
    head = ext[: ext.find(">")]
    used = {*re.findall(r"</?(\w+):", ext), *re.findall(r"\s(\w+):\w+=", ext)} - {"xmlns"}
    missing = "".join(
        f' xmlns:{name}="{spaces[name]}"'
        for name in sorted(used)
        if name in spaces and f"xmlns:{name}=" not in head
    )
    return f"<ext{missing}{ext[4:]}"


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet title → its part."""
    book = archive.read("xl/workbook.xml").decode("utf-8")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8")
    targets: dict[str, str] = {}
    for tag in re.findall(r"<Relationship\b[^>]*>", relations):
        found = dict(re.findall(r"\b(Id|Target)=\"([^\"]*)\"", tag))
        if "Id" in found and "Target" in found:
            target = found["Target"]
            targets[found["Id"]] = target[1:] if target.startswith("/") else f"xl/{target}"
    sheets: dict[str, str] = {}
    for tag in re.findall(r"<sheet\b[^>]*>", book):
        title, relation = (
            re.search(r"\bname=\"([^\"]*)\"", tag),
            re.search(r"\br:id=\"([^\"]*)\"", tag),
        )
        if title and relation and targets.get(relation[1]) in archive.namelist():
            sheets[unescape(title[1])] = targets[relation[1]]
    return sheets
