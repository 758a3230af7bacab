"""``grade compare FIRST SECOND``: what changed between two stored reports, without running anything."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.options import file_option
from grader.cli.outputs import STDOUT, plan_outputs


@click.command("compare", short_help="Show what changed between two stored reports.")
@click.argument("first", type=click.Path(readable=False))
@click.argument("second", type=click.Path(readable=False))
@file_option("--md", "the comparison as Markdown", or_stdout=True)
def compare(first: str, second: str, md: str | None) -> None:
    """Show what changed from the receipt FIRST to the receipt SECOND, the files that --json wrote.

    That is the score, the checks with another verdict or other points, the speed, the machine and the versions.
    Nothing is run, and no line of the student's program is shown.
    """
    from grader.report.comparison import compare as compared
    from grader.report.json import load

    outputs = plan_outputs({"markdown": md}, default=None, inputs=[first, second])
    comparison = compared(load(Path(first)), load(Path(second)))
    if md is None:
        from grader.cli.screen import console_on, standard_output
        from grader.report.terminal import print_comparison

        with standard_output() as stream:
            print_comparison(comparison, console_on(stream))
        return
    from grader.cli.screen import say_document
    from grader.report.markdown import comparison_as_markdown

    text = comparison_as_markdown(comparison)
    if md == STDOUT:
        say_document(text)
    for _, place in outputs.files:
        place.write(text)
