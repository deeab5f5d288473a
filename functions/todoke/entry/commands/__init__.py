"""One file per command of ``todoke``: NAME, ``add_arguments(parser)`` and ``run(terminal)``."""
