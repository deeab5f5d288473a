"""``python -m todoke``: the same as the command ``todoke``."""

import sys

from todoke.entry.cli import main

sys.exit(main())
