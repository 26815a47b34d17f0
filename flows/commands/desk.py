"""``torikomi desk``, ``torikomi user`` and ``torikomi audit``: the web pages, who may use them, and
the journal's chain. No Prefect."""

from __future__ import annotations

import datetime as dt
import getpass
from pathlib import Path

import click

from connectors.comparing import verify
from desk.logins import EVERY, ROLES, User
from flows.composition import OpenSite, open_site
from flows.console import JapaneseCommand, JapaneseGroup, say, site_option
from records.formfiles import read_forms
from records.mynumber import mask_my_number


@click.command(cls=JapaneseCommand)
@click.option(
    "--host",
    default="",
    metavar="アドレス",
    help="待ち受けるアドレス(省略時は site.toml、既定はこのパソコンだけ)",
)
@click.option("--port", default=0, metavar="番号", help="待ち受ける番号(省略時は site.toml)")
@site_option
def desk(host: str, port: int, site: Path) -> None:
    """確認・受付・台帳の画面を開きます。ブラウザで表示されたアドレスを開いてください(Ctrl+Cで終了)。"""
    from desk.server import serve
    from flows.deskdelivery import DeskDelivery

    with open_site(site) as office:
        host = host or office.site.desk.host
        port = port or office.site.desk.port
        desk = office.desk
        if not office.people.all():
            say(
                "利用者がまだいません。別の端末で torikomi user add 利用者名 "
                "--role it --role staff --department '*' を実行してください。"
            )
        say(f"画面: http://{host}:{port}/ (Ctrl+C で終了)")
        delivery = DeskDelivery(office.definitions, office.journal)
        for error in office.definitions.broken.values():
            say(f"誤りのある様式があります。転記はしません。{error.message}")
        desk.begin(delivery, lambda: say("準備ができました。"), delivery)
        serve(desk, host, port)


@click.group(cls=JapaneseGroup)
def user() -> None:
    """画面を使う人を登録します。"""


@user.command("add")
@click.argument("name", metavar="利用者名")
@click.option("--full-name", default="", metavar="氏名", help="画面に出す氏名")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(tuple(ROLES)),
    help="役割: staff 課の職員、secretariat 事務局、it 情報担当(いくつでも。省略時 staff)",
)
@click.option(
    "--department",
    "departments",
    multiple=True,
    metavar="課",
    help="様式を見られる課(いくつでも。* はすべて)",
)
@site_option
def add(
    name: str, full_name: str, roles: tuple[str, ...], departments: tuple[str, ...], site: Path
) -> None:
    """利用者を加えます。パスワードは尋ねます(画面には出ません)。"""
    made = User(name, full_name, frozenset(roles or ("staff",)), frozenset(departments))
    noted = {
        "user": name,
        "roles": sorted(made.roles),
        "departments": sorted(made.departments),
        "active": True,
    }
    with open_site(site) as office:
        office.people.add(made, _password())
        _note(office, "user_added", noted)
    click.echo(f"利用者「{name}」を加えました。")


@user.command("list")
@site_option
def list_users(site: Path) -> None:
    """利用者の一覧を表示します。"""
    for one in open_site(site).people.all():
        departments = "すべての課"
        if EVERY not in one.departments:
            departments = "、".join(sorted(one.departments)) or "課なし"
        state = "" if one.active else "(停止中)"
        click.echo(
            f"{one.name}{state}  {one.full_name}  {'、'.join(ROLES[r] for r in sorted(one.roles))}  {departments}"
        )


@user.command("password")
@click.argument("name", metavar="利用者名")
@site_option
def password(name: str, site: Path) -> None:
    """パスワードを付け直します。その人のログインはすべて終わります。"""
    with open_site(site) as office:
        office.people.set_password(name, _password())
        _note(office, "password_changed", {"user": name})
    click.echo(f"利用者「{name}」のパスワードを変えました。")


@click.group(cls=JapaneseGroup)
def audit() -> None:
    """記録の鎖を調べます。"""


@audit.command("verify")
@site_option
def verify_all(site: Path) -> int:
    """記録が消されたり書き換えられたりしていないか、保管した原本や台帳と合っているかを、始めから調べます。"""
    with open_site(site, is_for_audit=True) as office:
        forms, _ = read_forms(office.site.forms)  # what strategy.toml says is no matter here
        verified = verify(office.site, forms, office.journal)
    for line in verified.lines():
        click.echo(mask_my_number(line))
    return 0 if verified.is_right else 1


@audit.command("restored")
@click.option("--reason", required=True, metavar="理由", help="例 10月3日の控えから戻した")
@site_option
def restored(reason: str, site: Path) -> None:
    """失われた記録を控えから戻したことなどを認め、いまの記録から続けます。理由は控え印に残ります。"""
    with open_site(site, is_for_audit=True) as office:
        now = dt.datetime.now(dt.UTC)
        _note(office, "restored_journal", {"reason": reason})
        office.anchors.set(office.journal.chain, now, note=reason)
    click.echo("いまの記録から続けます。理由と日時を控え印に残しました。")


def _password() -> str:
    return str(
        click.prompt("パスワード(10文字以上)", hide_input=True, confirmation_prompt="もう一度")
    )


def _note(office: OpenSite, kind: str, payload: dict[str, object]) -> None:
    now = dt.datetime.now(dt.UTC)
    who = getpass.getuser()
    office.journal.chain.append(kind, at=now, actor=who, payload=payload)
