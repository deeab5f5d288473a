"""Where the files of the city lie. It imports next to nothing: see ``entry/unchanged.py``."""

from __future__ import annotations

import os

from todoke.core.errors import TodokeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def find_root() -> Path:
    """The folder that holds ``site/`` and ``templates/``: the working folder, else the
    checkout this package lies in, else the copy inside an installed wheel."""
    from pathlib import Path

    return Path(root_folder())


def root_folder() -> str:
    """As ``find_root``, as text."""
    here = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120
    checkout = os.path.dirname(os.path.dirname(here))  # noqa: PTH120
    for folder in (os.getcwd(), checkout, f"{here}/_data"):  # noqa: PTH109
        if os.path.isfile(f"{folder}/site/todoke.toml") and os.path.isdir(f"{folder}/templates"):  # noqa: PTH112, PTH113
            return folder
    raise TodokeError(
        "setting_invalid", file="site/todoke.toml", field="-", rule="not found", next="todoke init"
    )
