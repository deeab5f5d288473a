"""The clock of the machine."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Implements ``ports.Clock`` with the time of the operating system."""

    def now(self) -> datetime:
        """Aware datetime in UTC."""
        return datetime.now(UTC)

    def unix(self) -> int:
        """Whole seconds since 1970-01-01 UTC."""
        return int(time.time())
