"""``torikomi init``: a new site from the templates."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

import click

from flows.console import JapaneseCommand, say
from records.errors import ServiceError

TEMPLATES = ("site.toml", "strategy.toml", "はじめに.txt")
FOLDERS = ("forms", "inbox", "inbox/fax", "ledgers", "failed", "archive")


def create_site(folder: Path) -> tuple[list[Path], list[Path]]:
    """Make a site in ``folder``; what is there already stays untouched.

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
        for name in TEMPLATES:
            text = (
                importlib.resources.files("flows")
                .joinpath("templates", name)
                .read_text(encoding="utf-8")
            )
            try:
                with (folder / name).open("x", encoding="utf-8") as file:
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


@click.command(cls=JapaneseCommand)
@click.argument("folder", type=click.Path(path_type=Path), metavar="フォルダー")
def init(folder: Path) -> None:
    """新しいサイトを作ります。すでにあるファイルには触れません。"""
    made, kept = create_site(folder)
    if kept:
        say(f"すでにあったもの(そのまま): {'、'.join(map(str, kept))}")
    if made:
        click.echo(f"サイトを作りました: {folder.resolve()}")
        click.echo(
            f"次は {folder}/site.toml と strategy.toml を開いて、この役所の内容に書き換えてください。"
        )
    else:
        click.echo(f"すべてそろっています: {folder.resolve()}")
