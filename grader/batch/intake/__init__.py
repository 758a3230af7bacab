"""What was handed in, found in folders, archives and files of many layouts; hostile ones are refused by name."""

from grader.batch.intake.collecting import collect
from grader.batch.intake.roster import matched, read_roster, read_times

__all__ = ["collect", "matched", "read_roster", "read_times"]
