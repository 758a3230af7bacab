"""The command ``grade``: one module per command, put together in ``commands``, started by ``main``."""
