#!/bin/bash
# Makes vpl_execution, which grades the student's program. No line of the student runs outside the sandbox.
cat >vpl_execution <<'END'
#!/bin/bash
# Of VPL's variables only these, and only as plain values: others hold names that a student has chosen.
value="('[^']*'|[0-9.]+)"
. <(grep -sE "^export VPL_(SUBFILE[0-9]+|GRADEMIN|GRADEMAX)=$value\$" vpl_environment.sh)
unset PYTHONPATH PYTHONHOME
exec "${PARGRADE:-grade}" platform vpl run --root . 2>/dev/null
END
chmod +x vpl_execution
