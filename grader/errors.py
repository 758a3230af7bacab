"""Everything that can go wrong and is not the student's program, by whose fault it is.

PargradeError                 message says what is wrong with which thing; ``hint`` says the next step
├── InputError                what the person at the keyboard named cannot be used        exit 2
│   ├── SubmissionNotFound    no such file, a folder, or not readable
│   ├── UnknownName           a name that is in no registry or catalog; near names are listed
│   ├── UnclearSubmission     what was handed in holds no program, or several
│   ├── BrokenSettings        the settings of a host, or the host's own files, cannot be used
│   ├── AmbiguousExercise     the exercise cannot be told from the submission
│   ├── OutputNotWritable     a report cannot be written where it was asked for
│   ├── BrokenReceipt         a JSON report that cannot be read again
│   ├── BrokenEvidence        stored evidence that cannot be read again
│   ├── ExerciseChanged       stored evidence no longer fits the exercise: the programs have to be run again
│   ├── GradebookError        a gradebook that cannot be opened, read or written
│   ├── UnfitSheet            a downloaded file that marks cannot be put into
│   ├── CanvasRefused         Canvas does not take what it was sent
│   └── DifferentExercises    two receipts that cannot be compared
├── ExerciseError             the exercise folder is broken: its author has to mend it    exit 3
│   └── CorpusMissing         the package with the plays is missing or changed
├── SandboxError              a run could not be started or supervised: our fault          exit 3
│   └── GuaranteeMissing      graded mode asks for more than this machine's sandbox gives
└── PluginError               a third-party entry point failed to load                    exit 3

Whatever a student's program does (crash, hang, print a megabyte) is a value, never one of these.
"""

from __future__ import annotations


def reason_of(error: Exception) -> str:
    """What the system says of an error, without the name of the file; else the whole message."""
    return getattr(error, "strerror", None) or str(error)


def printable(text: str) -> str:
    """Text as one line of a message can show it: what cannot be seen or breaks a line is written as an escape."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class PargradeError(Exception):
    """Base of all errors shown to a user: one message, one next step, one exit code."""

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(PargradeError):
    """What was named on the command line cannot be used."""

    exit_code = 2


class SubmissionNotFound(InputError):
    """The submission is missing, is a folder, or may not be read."""


class UnknownName(InputError):
    """A name that no registry or catalog knows."""


class AmbiguousExercise(InputError):
    """The submission fits no exercise, or several equally well."""


class UnclearSubmission(InputError):
    """What was handed in on a learning platform holds no program, or several."""


class BrokenSettings(InputError):
    """The settings for a learning platform, or what the platform itself hands over, cannot be used."""


class OutputNotWritable(InputError):
    """A report cannot be written to the path that was given."""


class BrokenReceipt(InputError):
    """A stored JSON report is missing, cut off or not ours."""


class BrokenEvidence(InputError):
    """Stored evidence is missing, cut off, damaged or not ours."""


class ExerciseChanged(InputError):
    """The exercise would have submissions run otherwise than when the evidence was stored."""


class GradebookError(InputError):
    """A gradebook cannot be opened, read or written."""


class UnfitSheet(InputError):
    """The file of another system that marks shall go into is missing, is another one, or has no place for them."""


class CanvasRefused(InputError):
    """Canvas cannot be reached, or takes nothing from this person."""


class DifferentExercises(InputError):
    """Two receipts are of different exercises, so there is nothing to compare."""


class ExerciseError(PargradeError):
    """The exercise folder does not fit its schema, or its code fails."""


class CorpusMissing(ExerciseError):
    """The real plays are not installed, or are not the ones the exercise was made for."""


class SandboxError(PargradeError):
    """A run could not be started or supervised."""


class GuaranteeMissing(SandboxError):
    """Graded mode was asked for and this machine's sandbox cannot give it."""


class PluginError(PargradeError):
    """A third-party check, report or sandbox was asked for and failed to load."""
