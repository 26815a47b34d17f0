"""``torikomi init``: a new site from the templates."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

import click

from flows.composition import open_site
from flows.console import JapaneseCommand, say
from flows.gate import broken_forms
from flows.officelines import TOWNS_FILE, missing_evidence, office_toml, with_office
from records.errors import ServiceError
from records.places import Municipality, municipality, towns_csv
from records.site import load_site

TEMPLATES = ("site.toml", "strategy.toml", "はじめに.txt")
FOLDERS = ("forms", "inbox", "inbox/fax", "ledgers", "failed", "archive")


def create_site(folder: Path, place: Municipality | None = None) -> tuple[list[Path], list[Path]]:
    """Make a site in ``folder``; what is there already stays untouched.

    Args:
        place: whose office it is; None leaves ``[office]`` empty.

    Returns:
        what was made, and what was there and left alone, both relative to ``folder``.

    Raises:
        ServiceError: the folder cannot be written.
    """
    made: list[Path] = []
    kept: list[Path] = []
    try:
        for name in FOLDERS:
            path = folder / name
            (kept if path.is_dir() else made).append(Path(name))
            path.mkdir(parents=True, exist_ok=True)
        for name, text in _files(place).items():
            try:
                with (folder / name).open("x", encoding="utf-8", newline="\n") as file:
                    file.write(text)
                made.append(Path(name))
            except FileExistsError:
                kept.append(Path(name))
    except OSError as error:
        raise ServiceError(
            "folder",
            f"{folder} に作れません({error.strerror})。書き込みの権限と空き容量を確かめてください",
        ) from None
    return made, kept


def _files(place: Municipality | None) -> dict[str, str]:
    """The files of a new site by name."""
    templates = importlib.resources.files("flows").joinpath("templates")
    texts = {name: templates.joinpath(name).read_text(encoding="utf-8") for name in TEMPLATES}
    if place is not None:
        texts["site.toml"] = with_office(texts["site.toml"], place)
        texts[TOWNS_FILE] = towns_csv(place.towns)
    return texts


@click.command(cls=JapaneseCommand)
@click.argument("folder", type=click.Path(path_type=Path), metavar="フォルダー")
@click.option(
    "--municipality",
    "wanted",
    default="",
    metavar="市区町村",
    help="市区町村コード(5桁か6桁)か名前。町域・郵便番号・市外局番を埋めます",
)
def init(folder: Path, wanted: str) -> None:
    """新しいサイトを作ります。すでにあるファイルには触れません。"""
    place = municipality(wanted) if wanted else _known(folder)
    made, kept = create_site(folder, place)
    if kept:
        say(f"すでにあったもの(そのまま): {'、'.join(map(str, kept))}")
    if not made:
        click.echo(f"すべてそろっています: {folder.resolve()}")
    else:
        click.echo(f"サイトを作りました: {folder.resolve()}")
    if place is not None:
        _tell_place(place, folder, made)
    opened = open_site(folder)
    for line in missing_evidence(opened.site.office, folder):
        say(line)
    for reason in broken_forms(opened.definitions).values():
        say(reason)
    if made:
        click.echo(
            f"次は {folder}/site.toml と strategy.toml を開いて、この役所の内容に書き換えてください。"
        )


def _known(folder: Path) -> Municipality | None:
    """The municipality of a site that wants its table of towns again: the code is in site.toml, the
    table is gone."""
    from records.strict import load_toml

    if not (folder / "site.toml").is_file() or (folder / TOWNS_FILE).exists():
        return None
    office = load_toml(folder / "site.toml").sub("office", {})
    assert office is not None
    code = office.take("municipality_code", str, "")
    wanted = office.take("towns", str, "") == TOWNS_FILE
    if code and wanted:
        return municipality(code)
    return None


def _tell_place(place: Municipality, folder: Path, made: list[Path]) -> None:
    click.echo(f"{place.title}(市区町村コード {place.code})")
    if Path(TOWNS_FILE) in made:
        click.echo(f"  {folder / TOWNS_FILE} に町域を {len(place.towns)} 行書きました")
    if Path("site.toml") in made:
        if place.area_code:
            click.echo(f"  市外局番は {place.area_code} としました。合っているか確かめてください")
        return
    if load_site(folder).office.municipality_code != place.code:
        say(
            "site.toml はすでにあるので書き換えていません。[office] を次のとおりに書き換えてください:\n"
            + office_toml(place)
        )
