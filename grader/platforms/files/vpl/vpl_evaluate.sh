#!/bin/bash
# Makes vpl_execution, which grades the student's program. No line of the student runs outside the sandbox.
cat >vpl_execution <<'END'
#!/bin/bash
[ ! -f vpl_environment.sh ] || . ./vpl_environment.sh
unset PYTHONPATH PYTHONHOME
exec "${PARGRADE:-grade}" platform vpl run --root . 2>/dev/null
END
chmod +x vpl_execution
