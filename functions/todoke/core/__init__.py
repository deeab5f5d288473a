"""Pure rules: no input or output, no clock, no framework. Pass ``now`` and data in."""
