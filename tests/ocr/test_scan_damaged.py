"""What cannot be read: refused in one clear Japanese line, before it costs memory, and never at the
other pages' expense."""

from __future__ import annotations

import contextlib
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf.generic import NameObject, NumberObject, StreamObject
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from ocr.pages.opening import open_pages
from records.errors import DocumentError
from records.site import IntakeSettings
from records.types import Gray, Page
from tests.ocr.drawnpages import SAMPLES, read_all

LIMITS = IntakeSettings()


def noise(seed: int, width: int = 240, height: int = 300) -> Gray:
    """A page that no other page resembles and that no compression makes small."""
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def tiff(
    path: Path, pages: int, compression: str = "tiff_adobe_deflate", bits: bool = False
) -> Path:
    images = [Image.fromarray(noise(n)).convert("1" if bits else "L") for n in range(pages)]
    images[0].save(
        path, save_all=True, append_images=images[1:], compression=compression, dpi=(200, 200)
    )
    return path


def pdf(path: Path, pages: int, hidden: str = "") -> Path:
    """A scanned PDF: one image a page, 60 x 75 pt."""
    made = canvas.Canvas(str(path), pagesize=(60, 75))
    for number in range(pages):
        made.drawImage(ImageReader(Image.fromarray(noise(number))), 0, 0, 60, 75)
        if hidden:
            text = made.beginText(5, 40)
            text.setTextRenderMode(3)
            text.textLine(hidden)
            made.drawText(text)
        made.showPage()
    made.save()
    return path


def refusal(path: Path, limits: IntakeSettings = LIMITS) -> DocumentError:
    """The error that ends the whole document, or that of its only page."""
    try:
        pages, errors = read_all(open_pages(path, limits))
    except DocumentError as error:
        return error
    assert not pages
    assert len(errors) == 1
    return errors[0]


def assert_clear(error: DocumentError, path: Path) -> None:
    """One Japanese line that names the file and ends with what to do."""
    text = str(error)
    assert "\n" not in text
    assert path.name in text
    assert text.endswith(("ください", "ください。", "ありません")), text
    assert sum("぀" <= c <= "ヿ" or "一" <= c <= "鿿" for c in text) > 15


# --- not a document -------------------------------------------------------------------------------

NOT_DOCUMENTS: dict[str, tuple[bytes, str]] = {
    "zero.pdf": (b"", "empty"),
    "zero.tif": (b"", "empty"),
    "memo.pdf": ("これは文字だけのファイルです。\n".encode() * 40, "unsupported"),
    "memo.tif": (b"plain text", "unsupported"),
    "page.html": (b"<!doctype html><html></html>", "unsupported"),
    "sheet.docx": (b"PK\x03\x04" + bytes(200), "unsupported"),
    "one.jpg": (b"\xff", "unsupported"),
    "nothing.png": (bytes(5000), "unsupported"),
    "header.pdf": (b"%PDF-1.7\n", "truncated"),
    "header.tif": (b"II*\0\x08\0\0\0", "truncated"),
    "header.jpg": (b"\xff\xd8\xff\xe0", "truncated"),
    "header.png": (b"\x89PNG\r\n\x1a\n", "truncated"),
}


@pytest.mark.parametrize("name", NOT_DOCUMENTS)
def test_what_is_no_document_says_so(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(NOT_DOCUMENTS[name][0])
    error = refusal(path)
    assert error.code == NOT_DOCUMENTS[name][1]
    assert error.path == path
    assert_clear(error, path)


def test_a_long_japanese_name_stands_in_the_message(tmp_path: Path) -> None:
    path = tmp_path / (("申請書 " + "z" * 200)[:196] + ".pdf")
    path.write_bytes(b"")
    assert_clear(refusal(path), path)


def test_an_image_too_small_to_hold_writing_is_said_to_be(tmp_path: Path) -> None:
    Image.fromarray(noise(1, 150, 400)).save(tmp_path / "icon.png")
    assert refusal(tmp_path / "icon.png").code == "unsupported"
    assert "小さすぎ" in str(refusal(tmp_path / "icon.png"))


# --- too large ------------------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def huge_png(path: Path, side: int = 30_000) -> Path:
    """A whole and valid 1-bit PNG of side x side pixels, in some 500 kB."""
    pack = zlib.compressobj(1)
    row = b"\0" + b"\xff" * (side // 8)
    data = b"".join([*(pack.compress(row * 100) for _ in range(side // 100)), pack.flush()])
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )
    return path


def huge_tiff(path: Path, side: int = 30_000) -> Path:
    """A Group 4 TIFF of side x side white pixels: each white line is a single 1 bit (T.6), so 4 kB
    do."""
    data = b"\xff" * (side // 8) + b"\x00\x10\x01\x00"
    tags = [
        (256, 4, side),
        (257, 4, side),
        (258, 3, 1),
        (259, 3, 4),
        (262, 3, 0),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, side),
        (279, 4, len(data)),
    ]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    start = 8 + len(data) + len(data) % 2
    path.write_bytes(
        struct.pack("<2sHI", b"II", 42, start)
        + data.ljust(start - 8, b"\0")
        + struct.pack("<H", len(tags))
        + entries
        + bytes(4)
    )
    return path


def huge_picture_pdf(path: Path, side: int = 30_000) -> Path:
    """A4 with a gray picture of side x side pixels on it, in some 900 kB."""
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(595, 842)
    pack = zlib.compressobj(1)
    picture, contents = StreamObject(), StreamObject()
    picture.set_data(
        b"".join([*(pack.compress(b"\xff" * side * 100) for _ in range(side // 100)), pack.flush()])
    )
    for key, value in (("/Width", side), ("/Height", side), ("/BitsPerComponent", 8)):
        picture[NameObject(key)] = NumberObject(value)
    for key, word in (
        ("/Type", "/XObject"),
        ("/Subtype", "/Image"),
        ("/ColorSpace", "/DeviceGray"),
        ("/Filter", "/FlateDecode"),
    ):
        picture[NameObject(key)] = NameObject(word)
    contents.set_data(b"q 595 0 0 842 0 0 cm /Im0 Do Q")
    page[NameObject("/Resources")] = pypdf.generic.DictionaryObject(
        {
            NameObject("/XObject"): pypdf.generic.DictionaryObject(
                {NameObject("/Im0"): writer._add_object(picture)}
            )
        }
    )
    page[NameObject("/Contents")] = writer._add_object(contents)
    writer.write(path)
    return path


REFUSE_IN_SMALL_MEMORY = """
import resource, sys
from pathlib import Path
import numpy, psutil, pypdfium2
from PIL import Image
from ocr.pages.opening import open_pages
from records.errors import DocumentError
from records.site import IntakeSettings
Image.init()
now = psutil.Process().memory_info().vms
resource.setrlimit(resource.RLIMIT_AS, (now + 150_000_000, now + 150_000_000))
for name in sys.argv[1:]:
    try:
        items = list(open_pages(Path(name), IntakeSettings()))
        print(items[0].code if isinstance(items[0], DocumentError) else "read")
    except DocumentError as error:
        print(error.code)
"""


def test_thirty_thousand_pixels_square_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    """Decoded, each is 900 MB; the program gets 150 MB here and must still say why, and not that it
    ran out."""
    made = [
        huge_png(tmp_path / "a.png"),
        huge_tiff(tmp_path / "b.tif"),
        huge_picture_pdf(tmp_path / "c.pdf"),
    ]
    assert all(path.stat().st_size < 5_000_000 for path in made)
    ended = subprocess.run(
        [sys.executable, "-c", REFUSE_IN_SMALL_MEMORY, *map(str, made)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=SAMPLES.parent,
        check=True,
    )
    assert ended.stdout.split() == ["too_large"] * 3


def test_the_message_says_how_large_and_what_would_do(tmp_path: Path) -> None:
    path = huge_tiff(tmp_path / "big.tif")
    error = refusal(path)
    assert "30000×30000" in str(error)
    assert "300dpi" in str(error)
    assert_clear(error, path)


@pytest.mark.parametrize("tag", [b"zTXt", b"iCCP"])
def test_a_text_of_a_picture_that_unpacks_without_end_is_refused(
    tag: bytes, tmp_path: Path
) -> None:
    """50 MB of text in 50 kB of PNG: the picture itself is small and sound."""
    Image.fromarray(noise(1)).save(tmp_path / "sound.png")
    sound = (tmp_path / "sound.png").read_bytes()
    bomb = chunk(tag, b"k\0\0" + zlib.compress(b"a" * 50_000_000, 9))
    (tmp_path / "bomb.png").write_bytes(sound[:33] + bomb + sound[33:])
    assert refusal(tmp_path / "bomb.png").code == "truncated"


@pytest.mark.parametrize(
    "size", [(14_400.0, 14_400.0), (200_000.0, 200_000.0), (1e9, 1e9), (5_000.0, 3_000.0)]
)
def test_a_pdf_page_as_large_as_a_house_is_refused_alone(
    size: tuple[float, float], tmp_path: Path
) -> None:
    writer = pypdf.PdfWriter(clone_from=pdf(tmp_path / "scan.pdf", 1))
    writer.add_blank_page(*size)
    writer.write(tmp_path / "house.pdf")
    pages, errors = read_all(open_pages(tmp_path / "house.pdf", LIMITS))
    assert [p.number for p in pages] == [1]
    assert [(e.code, e.pages) for e in errors] == [("too_large", (2,))]


@pytest.mark.parametrize(("make", "name"), [(tiff, "stack.tif"), (pdf, "stack.pdf")])
def test_more_pages_than_allowed_are_refused_with_their_number(
    make: Callable[[Path, int], Path], name: str, tmp_path: Path
) -> None:
    path = make(tmp_path / name, 4)
    error = refusal(path, IntakeSettings(max_pages=3))
    assert error.code == "too_large"
    assert "4ページ" in str(error)
    assert "3ページ" in str(error)


# --- cut short ------------------------------------------------------------------------------------

SINGLE: dict[str, dict[str, Any]] = {
    "gray.jpg": {"quality": 90},
    "progressive.jpg": {"quality": 90, "progressive": True},
    "gray.png": {},
    "raw.tif": {},
    "deflate.tif": {"compression": "tiff_adobe_deflate"},
    "lzw.tif": {"compression": "tiff_lzw"},
    "bits.tif": {"compression": "group4"},
    "gray.bmp": {},
    "gray.webp": {"lossless": True},
}


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_one_page_cut_short_is_truncated(name: str, share: float, tmp_path: Path) -> None:
    """Half a page must not be read as a page with empty fields."""
    image = Image.fromarray(noise(3, 400, 500))
    (image.convert("1") if name == "bits.tif" else image).save(
        tmp_path / f"whole-{name}", **SINGLE[name]
    )
    whole = (tmp_path / f"whole-{name}").read_bytes()
    (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])
    error = refusal(tmp_path / name)
    assert error.code == "truncated"
    assert_clear(error, tmp_path / name)


def test_a_truncated_sample_is_what_its_truth_says() -> None:
    assert refusal(SAMPLES / "scans" / "truncated.tif").code == "truncated"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(share=st.floats(0.001, 0.999) | st.floats(0.998, 0.9995), bits=st.booleans())
def test_pages_before_the_cut_survive_and_no_page_comes_twice(
    share: float, bits: bool, tmp_path: Path
) -> None:
    """A copy that broke off: what is there is read as it was, and what is not there is said to be
    missing."""
    path = tmp_path / f"whole-{bits}.tif"
    if not path.is_file():
        tiff(path, 5, "group4" if bits else "tiff_adobe_deflate", bits)
    whole, _ = read_all(open_pages(path, LIMITS))
    cut = tmp_path / "cut.tif"
    cut.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    if share < 0.2:  # not even the first page's directory
        assert refusal(cut).code == "truncated"
        return
    pages, errors = read_all(open_pages(cut, LIMITS))
    if errors:
        assert [(e.code, e.pages) for e in errors] == [("truncated", (len(pages) + 1,))]
    else:
        assert len(pages) == 5, "only bytes that say nothing were lost"
    assert all(np.array_equal(a.image, b.image) for a, b in zip(pages, whole, strict=False))


@pytest.mark.parametrize("broken", [0, 2, 3])
def test_a_broken_page_of_a_tiff_is_the_only_one_lost(broken: int, tmp_path: Path) -> None:
    path = tiff(tmp_path / "sound.tif", 4)
    whole, _ = read_all(open_pages(path, LIMITS))
    data = bytearray(path.read_bytes())
    with Image.open(path) as image:
        image.seek(broken)
        start, count = image.tag_v2[273][0], image.tag_v2[279][0]  # type: ignore[attr-defined]
    data[start : start + count] = b"\xff" * count
    path.write_bytes(bytes(data))
    pages, errors = read_all(open_pages(path, LIMITS))
    assert [e.pages for e in errors] == [(broken + 1,)]
    assert f"{broken + 1}ページ目" in str(errors[0])
    assert [p.number for p in pages] == [n for n in (1, 2, 3, 4) if n != broken + 1]
    assert all(np.array_equal(p.image, whole[p.number - 1].image) for p in pages)


# --- PDF ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.05, 0.4, 0.8, 0.98])
def test_a_pdf_cut_short_is_truncated(share: float, tmp_path: Path) -> None:
    whole = pdf(tmp_path / "whole.pdf", 3).read_bytes()
    (tmp_path / "cut.pdf").write_bytes(whole[: int(len(whole) * share)])
    error = refusal(tmp_path / "cut.pdf")
    assert error.code == "truncated"
    assert_clear(error, tmp_path / "cut.pdf")


def no_page(writer: pypdf.PdfWriter, number: int) -> None:
    writer.pages[number][NameObject("/Type")] = NameObject("/Nothing")


def picture_of(writer: pypdf.PdfWriter, number: int) -> Any:
    resources: Any = writer.pages[number]["/Resources"]
    return next(iter(resources["/XObject"].values())).get_object()


def empty_picture(writer: pypdf.PdfWriter, number: int) -> None:
    picture_of(writer, number)._data = b""


def spoilt_jpeg(writer: pypdf.PdfWriter, number: int) -> None:
    picture = picture_of(writer, number)
    picture[NameObject("/Filter")] = NameObject("/DCTDecode")
    picture._data = noise(9).tobytes()


@pytest.mark.parametrize("broken", [0, 1, 2])
@pytest.mark.parametrize("spoil", [no_page, empty_picture, spoilt_jpeg])
def test_a_broken_page_of_a_pdf_is_lost_alone_and_never_counts_as_empty(
    spoil: Callable[[pypdf.PdfWriter, int], None], broken: int, tmp_path: Path
) -> None:
    """A page whose picture is lost is drawn white; taken for an empty back side it would be dropped
    unseen."""
    writer = pypdf.PdfWriter(clone_from=pdf(tmp_path / "sound.pdf", 3))
    spoil(writer, broken)
    writer.write(tmp_path / "broken.pdf")
    pages, errors = read_all(open_pages(tmp_path / "broken.pdf", LIMITS))
    assert [(e.code, e.pages) for e in errors] == [("truncated", (broken + 1,))]
    assert [p.number for p in pages] == [n for n in (1, 2, 3) if n != broken + 1]


def test_an_empty_page_of_a_pdf_is_a_page(tmp_path: Path) -> None:
    """The other side of the rule above: a white scan of a back side is sound."""
    made = canvas.Canvas(str(tmp_path / "white.pdf"), pagesize=(60, 75))
    made.drawImage(ImageReader(Image.new("1", (240, 300), 1)), 0, 0, 60, 75)
    made.save()
    pages, errors = read_all(open_pages(tmp_path / "white.pdf", LIMITS))
    assert not errors
    assert int(pages[0].image.min()) == 255


@pytest.mark.parametrize("algorithm", ["AES-256", "AES-128", "RC4-128"])
def test_a_pdf_with_a_password_asks_for_one_without(algorithm: str, tmp_path: Path) -> None:
    writer = pypdf.PdfWriter(clone_from=pdf(tmp_path / "open.pdf", 1))
    writer.encrypt("kashima", algorithm=algorithm)
    writer.write(tmp_path / "locked.pdf")
    error = refusal(tmp_path / "locked.pdf")
    assert error.code == "password"
    assert "パスワード" in str(error)
    assert_clear(error, tmp_path / "locked.pdf")


def test_a_pdf_that_only_forbids_changes_is_read(tmp_path: Path) -> None:
    """An owner's password restricts editing; anybody may read."""
    writer = pypdf.PdfWriter(clone_from=pdf(tmp_path / "open.pdf", 1))
    writer.encrypt("", "owner", algorithm="AES-256")
    writer.write(tmp_path / "restricted.pdf")
    pages, errors = read_all(open_pages(tmp_path / "restricted.pdf", LIMITS))
    assert (len(pages), len(errors)) == (1, 0)


def test_a_pdf_without_pages_is_refused(tmp_path: Path) -> None:
    pypdf.PdfWriter().write(tmp_path / "none.pdf")
    error = refusal(tmp_path / "none.pdf")
    assert error.code in ("empty", "truncated")
    assert_clear(error, tmp_path / "none.pdf")


# --- anything at all ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One small sound document of each kind."""
    folder = tmp_path_factory.mktemp("sound")
    image = Image.fromarray(noise(5))
    for name in ("a.png", "a.jpg", "a.bmp", "a.gif"):
        image.save(folder / name)
    tiff(folder / "a.tif", 2)
    tiff(folder / "b.tif", 2, "group4", bits=True)
    pdf(folder / "a.pdf", 2, hidden="hidden")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=st.data(),
    name=st.sampled_from(["a.png", "a.jpg", "a.bmp", "a.gif", "a.tif", "b.tif", "a.pdf"]),
)
def test_damage_anywhere_ends_in_pages_or_in_words(
    sound: dict[str, bytes], data: st.DataObject, name: str, tmp_path: Path
) -> None:
    """Bytes changed, lost and added: never a traceback, whatever the parsers beneath throw."""
    content = bytearray(sound[name])
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(
            st.integers(0, len(content) - 1)
            | st.integers(0, 60)
            | st.integers(len(content) - 400, len(content) - 1)
        )
        match data.draw(st.sampled_from(["change", "change", "lose", "add"])):
            case "change":
                content[place % len(content)] = data.draw(st.integers(0, 255))
            case "lose":
                del content[
                    place % len(content) : place % len(content) + data.draw(st.integers(1, 30))
                ]
            case "add":
                content[place % len(content) : place % len(content)] = data.draw(
                    st.binary(max_size=8)
                )
    path = tmp_path / name
    path.write_bytes(bytes(content))
    with contextlib.suppress(DocumentError):
        for item in open_pages(path, IntakeSettings(max_pixels=1_000_000, max_pages=50)):
            assert isinstance(item, Page | DocumentError)
