"""The command line: `python -m bot …`, also installed as `qunzhi`."""

from __future__ import annotations

import sys

from bot import __version__

try:
    import click

    from bot.cli import asking, benching, caring, evaluating, ledger, rules, running
    from bot.cli.options import FriendlyGroup
except ModuleNotFoundError as error:  # the wrong Python: most often the environment was not activated
    sys.exit(f"缺少 {error.name}。先运行 make setup，再 . .venv/bin/activate，或者用 .venv/bin/python -m bot。")


@click.group(cls=FriendlyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="qunzhi")
def main() -> None:
    """群知：让微信群成为知识社群的机器人。先试试：python -m bot demo"""


for command in (
    *running.COMMANDS,
    *asking.COMMANDS,
    *evaluating.COMMANDS,
    *caring.COMMANDS,
    *benching.COMMANDS,
    *ledger.COMMANDS,
    *rules.COMMANDS,
):
    main.add_command(command)

if __name__ == "__main__":
    main()
