"""``grade completion SHELL``: let the shell complete commands, files, exercises and checks."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from grader.cli.screen import say

COMPLETE_VARIABLE = "_GRADE_COMPLETE"
_SHELLS = ("bash", "zsh", "fish")


@click.command("completion", short_help="Teach your shell to complete the words of grade.")
@click.argument("shell", metavar="SHELL", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script that teaches your shell to complete the words of grade.

    \b
    bash: put  eval "$(grade completion bash)"       into ~/.bashrc
    zsh:  put  eval "$(grade completion zsh)"        into ~/.zshrc
    fish: put  grade completion fish | source        into ~/.config/fish/config.fish
    """
    kind = get_completion_class(shell)
    if kind is None:  # the choice above offers only shells that click knows
        raise AssertionError(shell)
    say(kind(ctx.find_root().command, {}, "grade", COMPLETE_VARIABLE).source())
