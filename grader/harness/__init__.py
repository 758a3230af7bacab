"""Programs that run beside student code, inside the sandbox: standard library only, started by path.

Nothing in here is imported by the grader, and nothing in here imports the grader. The two sides share
only the message format: what these programs write, ``grader.model.trace`` reads and validates.
"""
