"""What the subcommands share: common options, reading the configuration, and errors as one clear line."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import click

from bot.errors import ConfigError, GatewayError, PluginError, QunzhiError, StorageError
from bot.ledger.model import LedgerError

F = TypeVar("F", bound=Callable[..., Any])
log = logging.getLogger(__name__)


class FriendlyGroup(click.Group):
    """Prints errors that were raised on purpose, and what the system refuses, as one line, and exits with 1."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as in click
        """Run a subcommand."""
        try:
            result = super().invoke(ctx)
        except ConfigError as error:
            for fault in error.faults:
                click.echo(str(fault), err=True)
        except QunzhiError as error:
            click.echo(f"{_part_of(error)}错误：{error}", err=True)
        except BrokenPipeError:  # the reader of our output has gone, as in `… | head`
            sys.stderr.close()
        except OSError as error:
            log.debug("a subcommand met the system's refusal", exc_info=True)
            click.echo(f"系统错误：{error.filename or type(error).__name__}：{error.strerror or error}", err=True)
        else:
            return result
        return ctx.exit(1)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a subcommand, or say which one may have been meant."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            ctx.fail(f"没有「{name}」这个子命令。{_nearest(name, self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


def _part_of(error: QunzhiError) -> str:
    """Return which part failed: what the parts say themselves is English, as in the log."""
    parts = {GatewayError: "网关", StorageError: "数据库", PluginError: "插件", LedgerError: "账本"}
    return next((name for kind, name in parts.items() if isinstance(error, kind)), "")


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"您要找的是不是 {near[0]}？" if near else "用 --help 看全部。"


def config_option(function: F) -> F:
    """Add `--config FILE`."""
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option("--config", "config_path", type=path, help="配置文件，默认用当前目录的 bot.yaml（可以没有）。")(
        function
    )


def schedules_option(function: F) -> F:
    """Add `--schedules FILE`."""
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option("--schedules", "schedules_path", type=path, help="定时文件，默认用当前目录的 schedules.yaml。")(
        function
    )


def data_option(function: F) -> F:
    """Add `--data DIR`."""
    return data_option_of("默认用配置里的 data")(function)


def data_option_of(default: str) -> Callable[[F], F]:
    """Add `--data DIR` to a subcommand whose data lie elsewhere when it is not given; the help says where."""
    path = click.Path(file_okay=False, path_type=Path)
    return click.option("--data", "data_dir", type=path, help=f"数据目录，{default}。")


def json_option(function: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="输出 JSON，给程序读。")(function)


def print_json(value: object) -> None:
    """Print one line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def default_file(given: Path | None, name: str) -> Path | None:
    """Return the file that was asked for, else the one in the current folder if it is there."""
    if given is not None:
        return given
    here = Path(name)
    return here if here.is_file() else None
