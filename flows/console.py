"""What every command shares: help and errors in Japanese, the site, and where an unforeseen error
is written.

A :class:`records.errors.TorikomiError` becomes one line on stderr and exit code 1, wrong usage exit
code 2, and a bug one line with the path of a log file. A traceback never reaches the user, a My
Number not even the log.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from records import days
from records.errors import TorikomiError
from records.filenames import plain_line
from records.mynumber import mask_my_number

F = TypeVar("F", bound=Callable[..., Any])

_HEADINGS = {"Options": "オプション", "Commands": "コマンド", "Arguments": "引数"}
_SITE = "torikomi.site"
_HELP = "この説明を表示します。"


def ask(prompt: str) -> str:
    """Show a prompt and return what is typed from then on: a key that was pressed before the
    question was there, or that bounced, answers nothing."""
    _forget_typed_ahead()
    return str(click.prompt(prompt, default="", show_default=False, prompt_suffix=""))


def _forget_typed_ahead() -> None:
    if not sys.stdin.isatty():
        return  # answers that a file or another program gives are all meant
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
    else:
        import termios

        termios.tcflush(sys.stdin, termios.TCIFLUSH)


class JapaneseFormatter(click.HelpFormatter):
    """Click's formatter with its own words in Japanese."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(
            prog,
            args.replace("[OPTIONS]", "[オプション]").replace("COMMAND [ARGS]...", "コマンド …"),
            "使い方: " if prefix is None else prefix,
        )

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))


class JapaneseContext(click.Context):
    formatter_class = JapaneseFormatter


class JapaneseCommand(click.Command):
    """A command whose help is Japanese."""

    context_class = JapaneseContext

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _HELP
        return option


class JapaneseGroup(click.Group):
    """A group whose help is Japanese, as is that of the commands made with its decorator."""

    context_class = JapaneseContext
    command_class = JapaneseCommand

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _HELP
        return option


def site_option(command: F) -> F:
    """``--site DIR``: default the environment's TORIKOMI_SITE, else the folder one stands in."""
    return click.option(
        "--site",
        type=click.Path(path_type=Path),
        envvar="TORIKOMI_SITE",
        default=Path(),
        metavar="フォルダー",
        callback=_remember_site,
        help="サイトのフォルダー(省略時は環境変数 TORIKOMI_SITE、なければ今いるフォルダー)",
    )(command)


def _remember_site(ctx: click.Context, param: click.Parameter, value: Path) -> Path:
    ctx.meta[_SITE] = value
    return value


def say(text: str = "") -> None:
    """One line for the person, on stderr; stdout is for results. A My Number in it is masked."""
    click.echo(plain_line(mask_my_number(text)), err=True)


def run(command: click.Command, arguments: Sequence[str] | None = None) -> None:
    """Run ``command`` and end the process with its exit code; nothing but SystemExit leaves this
    function."""
    meta: dict[str, Any] = {}
    try:
        with command.make_context(
            "torikomi", list(sys.argv[1:] if arguments is None else arguments)
        ) as ctx:
            meta = ctx.meta
            code = command.invoke(ctx)
    except click.exceptions.Exit as error:
        raise SystemExit(error.exit_code) from None
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        raise SystemExit(2) from None
    except click.UsageError as error:
        say(usage_line(error))
        raise SystemExit(2) from None
    except (click.Abort, KeyboardInterrupt):
        say("中断しました。途中までの結果は保存されています。")
        raise SystemExit(130) from None
    except TorikomiError as error:
        say(error.message)
        raise SystemExit(1) from None
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  the reader went away (… | head): nothing to say
        raise SystemExit(1) from None
    except Exception as error:
        log = write_log(error, meta.get(_SITE, Path()))
        say(
            f"思わぬ不具合で止まりました({type(error).__name__})。データは失われていません。"
            f"担当者に次のファイルを渡してください: {log}"
        )
        raise SystemExit(1) from None
    raise SystemExit(code if isinstance(code, int) else 0)


def usage_line(error: click.UsageError) -> str:
    """Click's complaint about wrong usage as one Japanese line."""
    if isinstance(error, click.NoSuchOption):
        near = ""
        if error.possibilities:
            near = f"「{'」「'.join(error.possibilities)}」のことですか。"
        text = f"「{error.option_name}」というオプションはありません。{near}"
    elif isinstance(error, click.exceptions.NoSuchCommand):
        text = f"「{error.command_name}」というコマンドはありません。"
    elif isinstance(error, click.MissingParameter):
        text = f"{_parameter(error)}がありません。"
    elif isinstance(error, click.BadParameter):
        text = f"{_parameter(error)}が正しくありません。{_expected(error)}"
    else:
        text = f"使い方が違います({error.message})。"
    path = error.ctx.command_path if error.ctx else "torikomi"
    return f"{text} 使い方は「{path} --help」で見られます。"


def _parameter(error: click.BadParameter) -> str:
    if isinstance(error.param, click.Option):
        return f"「{error.param.opts[0]}」の指定"
    if error.param is not None and error.ctx is not None:
        return f"「{error.param.make_metavar(error.ctx)}」の指定"
    return "指定"


def _expected(error: click.BadParameter) -> str:
    kind = error.param.type if error.param is not None else None
    if isinstance(kind, click.Choice):
        return f"使えるもの: {'、'.join(map(str, kind.choices))}。"
    if isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        return "数で書いてください。"
    return ""


def write_log(error: BaseException, site: Path) -> Path:
    """Append the traceback, My Numbers masked, to a log in the site's work folder, else in the
    temporary folder."""
    text = mask_my_number("".join(traceback.format_exception(error)))
    now = days.now()
    folders = [site / "work" / "logs"] if (site / "site.toml").is_file() else []
    for folder in [*folders, Path(tempfile.gettempdir())]:
        path = folder / f"torikomi-error-{now:%Y%m%d}.log"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as log:
                log.write(f"{now.isoformat()} {text}\n")
        except OSError:
            continue
        return path
    return Path("(書き込めるフォルダーがありません)")
