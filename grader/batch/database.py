"""The database of a gradebook: where it is, how it is opened and brought up to date."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from grader.errors import GradebookError, reason_of

FILE_NAME = "gradebook.sqlite"
MIGRATIONS = "grader.batch:migrations"
BUSY_S = 30.0
"""How long a reader waits for a writer, and the other way round."""


def open_engine(place: Path | str) -> Engine:
    """Open the database in a folder, made if need be, or at a URL; an older gradebook is brought up to date.

    Raises:
        GradebookError: It cannot be opened, is no gradebook, or is newer than this grader.
    """
    try:
        if isinstance(place, Path):
            place.mkdir(parents=True, exist_ok=True)
            url = URL.create("sqlite", database=str(place / FILE_NAME))
        else:
            url = make_url(place)
        engine = create_engine(url, connect_args={"timeout": BUSY_S} if url.get_backend_name() == "sqlite" else {})
        if url.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        _bring_up_to_date(engine)
    except (SQLAlchemyError, ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
        raise unusable(_without_password(place), error) from error
    return engine


def has_gradebook(folder: Path) -> bool:
    """Whether a folder holds one.

    Raises:
        GradebookError: There is no telling, since nobody may look into the folder.
    """
    try:
        return stat.S_ISREG((folder / FILE_NAME).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise GradebookError(
            f"The folder {folder} cannot be looked into: {reason}.", "Check the name, and whose folder it is."
        ) from error


def file_of(engine: Engine) -> tuple[int, int] | None:
    """Which file an SQLite database is. SQLite writes on into one that was removed, where nobody finds it again."""
    database = engine.url.database
    if engine.url.get_backend_name() != "sqlite" or not database:
        return None
    try:
        info = os.stat(database)  # noqa: PTH116
    except OSError:
        return None
    return info.st_dev, info.st_ino


def unusable(place: str, error: Exception) -> GradebookError:
    """What is wrong with the gradebook at that place, and what to do."""
    reason = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
    return GradebookError(
        f"The gradebook {place} cannot be used: {reason}",
        "Name a folder that you may write to, or a database URL such as postgresql+psycopg://user@host/name.",
    )


def _bring_up_to_date(engine: Engine) -> None:
    """Leave no connection open where that fails."""
    try:
        with engine.begin() as connection:
            _migrate(connection)
    except BaseException:
        engine.dispose()
        raise


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise GradebookError(
            f"The gradebook was made by a newer version of the grader: {error}", "Use that version, or another folder."
        ) from error


def _prepare_sqlite(connection: Any, _: object) -> None:
    """A journal that lets others read meanwhile, and every commit on the disk before it returns."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _without_password(place: Path | str) -> str:
    if isinstance(place, Path):
        return str(place)
    try:
        return make_url(place).render_as_string(hide_password=True)
    except ArgumentError:
        return "at the given URL"
