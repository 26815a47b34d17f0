"""What openpyxl does not carry from an office's workbook to the saved one, put back afterwards.

* Furigana (``<rPh>`` in the shared strings): Japanese staff sort names by it.
* Sheet extensions: drop-down lists that take their values from another sheet, data bars and icon sets of Excel 2010 and
  later, sparklines. They stand by themselves at the end of a sheet, so they can be put back as they were.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from html import unescape

_STRINGS = "xl/sharedStrings.xml"
_ITEM = re.compile(r"<si\b[^>]*?(?:/>|>.*?</si>)", re.DOTALL)
_PHONETIC = re.compile(r"<rPh\b.*?</rPh>|<phoneticPr\b[^>]*?/>", re.DOTALL)
_TEXT = re.compile(r"<t\b[^>]*?(?:/>|>(.*?)</t>)", re.DOTALL)
_EXT = re.compile(r"<ext\b[^>]*\buri=\"(\{[^\"]+\})\".*?</ext>", re.DOTALL)
_KEPT_EXTENSIONS = (
    "{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}",  # data validations
    "{78C0D931-6437-407D-A8EE-F0AAD7539E65}",  # conditional formattings
    "{05C60535-1F16-4FD2-B633-F4F36F0B64E0}",  # sparklines
)


def carry_over(original: bytes, saved: bytes) -> bytes:
    """``saved`` with the furigana and sheet extensions of ``original``; both are whole ``.xlsx`` files."""
    with zipfile.ZipFile(io.BytesIO(original)) as old, zipfile.ZipFile(io.BytesIO(saved)) as new:
        changed = _strings(old, new) | _extensions(old, new)
        if not changed:
            return saved
        result = io.BytesIO()
        with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as archive:
            for item in new.infolist():
                archive.writestr(item, changed.get(item.filename, None) or new.read(item.filename))
    return result.getvalue()


def _strings(old: zipfile.ZipFile, new: zipfile.ZipFile) -> dict[str, bytes]:
    """Shared strings whose text had furigana get it back. Of one text with two readings, the first is kept."""
    if _STRINGS not in old.namelist() or _STRINGS not in new.namelist():
        return {}
    source = old.read(_STRINGS).decode("utf-8")
    if "<rPh" not in source:
        return {}
    spoken: dict[str, str] = {}
    for item in _ITEM.findall(source):
        if "<rPh" in item:
            spoken.setdefault(_text(item), "".join(_PHONETIC.findall(item)))

    def speak(match: re.Match[str]) -> str:
        item = match[0]
        phonetic = spoken.get(_text(item))
        return item if phonetic is None or not item.endswith("</si>") else item[: -len("</si>")] + phonetic + "</si>"

    return {_STRINGS: _ITEM.sub(speak, new.read(_STRINGS).decode("utf-8")).encode()}


def _text(item: str) -> str:
    return unescape("".join(_TEXT.findall(_PHONETIC.sub("", item))))


def _extensions(old: zipfile.ZipFile, new: zipfile.ZipFile) -> dict[str, bytes]:
    changed: dict[str, bytes] = {}
    before, after = _sheets(old), _sheets(new)
    for title, part in after.items():
        if title not in before:
            continue
        kept = _sheet_extensions(old.read(before[title]).decode("utf-8"))
        if kept:
            sheet = new.read(part).decode("utf-8")
            changed[part] = sheet.replace("</worksheet>", f"<extLst>{kept}</extLst></worksheet>").encode()
    return changed


def _sheet_extensions(sheet: str) -> str:
    """The extensions at the end of a sheet that need no other part."""
    start, end = sheet.rfind("<extLst"), sheet.rfind("</extLst>")
    if start < 0 or not re.fullmatch(r"</extLst>\s*</worksheet>\s*", sheet[end:]):
        return ""
    root = sheet[sheet.find("<worksheet"):]
    spaces = dict(re.findall(r"xmlns:(\w+)=\"([^\"]+)\"", root[: root.find(">")]))
    return "".join(
        _declared(match[0], spaces) for match in _EXT.finditer(sheet[start:end])
        if match[1].upper() in _KEPT_EXTENSIONS)


def _declared(ext: str, spaces: Mapping[str, str]) -> str:
    """An extension with the name spaces that the root of its old sheet declared for it."""
    head = ext[: ext.find(">")]
    used = {*re.findall(r"</?(\w+):", ext), *re.findall(r"\s(\w+):\w+=", ext)} - {"xmlns"}
    missing = "".join(
        f' xmlns:{name}="{spaces[name]}"' for name in sorted(used) if name in spaces and f"xmlns:{name}=" not in head)
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
        title, relation = re.search(r"\bname=\"([^\"]*)\"", tag), re.search(r"\br:id=\"([^\"]*)\"", tag)
        if title and relation and targets.get(relation[1]) in archive.namelist():
            sheets[unescape(title[1])] = targets[relation[1]]
    return sheets
