"""Flask blueprints, one per function; guard.py says who may call."""
