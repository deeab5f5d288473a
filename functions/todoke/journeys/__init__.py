"""One file per journey: plain functions over ports."""
