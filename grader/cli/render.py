"""``grade render RECEIPT``: show a stored report again, in any format, without running anything."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.options import file_option
from grader.cli.outputs import plan_outputs


@click.command("render", short_help="Show a stored report again.")
@click.argument("receipt", type=click.Path(readable=False))
@file_option("--json", "the report as JSON", or_stdout=True)
@file_option("--html", "the report as a web page")
@file_option("--md", "the report as Markdown", or_stdout=True)
@file_option("--junit", "the report as JUnit XML")
def render(receipt: str, json: str | None, html: str | None, md: str | None, junit: str | None) -> None:
    """Show a report again from its RECEIPT, the file that --json wrote.

    Without options it is shown in the terminal.
    """
    from grader.report.json import load

    paths = {"json": json, "html": html, "markdown": md, "junit": junit}
    default = None if any(path is not None for path in paths.values()) else "terminal"
    outputs = plan_outputs(paths, default=default, inputs=[receipt])
    outputs.deliver(load(Path(receipt)))
