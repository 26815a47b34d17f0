"""What a file is that is neither picture nor PDF, so that its refusal can say so and what to do."""

from __future__ import annotations

from pathlib import Path

_ZIPPED = {
    ".docx": "Word文書",
    ".xlsx": "Excelブック",
    ".pptx": "PowerPoint",
    ".odt": "OpenDocument文書",
    ".oxps": "XPS文書",
    ".xps": "XPS文書",
}
_COMPOUND = {
    ".doc": "Word文書",
    ".xls": "Excelブック",
    ".ppt": "PowerPoint",
    ".msg": "Outlookのメール",
}
_BY_NAME = {
    ".xdw": "DocuWorks文書",
    ".xbd": "DocuWorksバインダー",
    ".jtd": "一太郎文書",
    ".eml": "メール",
    ".csv": "CSV",
    ".txt": "文字だけのファイル",
    ".html": "ウェブページ",
    ".htm": "ウェブページ",
    ".rtf": "リッチテキスト",
    ".svg": "SVG図形",
    ".djvu": "DjVu文書",
    ".psd": "Photoshop画像",
}
_MAGIC = (
    (b"7z\xbc\xaf\x27\x1c", "7z圧縮ファイル"),
    (b"Rar!", "RAR圧縮ファイル"),
    (b"\x1f\x8b", "gzip圧縮ファイル"),
    (b"{\\rtf", "リッチテキスト"),
    (b"8BPS", "Photoshop画像"),
    (b"AT&TFORM", "DjVu文書"),
    (b"\xff\x0a", "JPEG XL画像"),
    (b"\0\0\0\x0cJXL ", "JPEG XL画像"),
    (b"%!PS", "PostScript"),
    (b"\xd7\xcd\xc6\x9a", "WMF図形"),
    (b"\x01\0\0\0\x58\0\0\0", "EMF図形"),
    (b"\x97JB2\r\n\x1a\n", "JBIG2画像"),
    (b"MZ", "プログラム"),
)


def kind_of(head: bytes, path: Path) -> str:
    """The Japanese name of what the file is; empty where it is not known.

    Args:
        head: the file's beginning, 64 KB of it.
    """
    suffix = path.suffix.lower()
    if head.startswith(b"PK\x03\x04"):
        return _ZIPPED.get(suffix, "ZIP圧縮ファイル")
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _COMPOUND.get(suffix) or _BY_NAME.get(suffix, "Officeの文書")
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[4:8] == b"ftyp":
        return "動画"
    if head.lstrip()[:5].lower() in (b"<html", b"<!doc"):
        return "ウェブページ"
    if b"%PDF-" in head:
        return "先頭に余分なデータが付いたPDF"
    return _BY_NAME.get(suffix, "")
