"""One vendor, one file, imported lazily by assemble."""
