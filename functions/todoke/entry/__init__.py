"""Where a process starts: the local server, the command line, AWS handlers."""
