#!/bin/sh
# Puts pyscard (a real card reader, PC/SC) into .venv where it can be built: it comes as source, and
# needs libpcsclite-dev and a C compiler. Without them the bridge knows the pretend card only.
set -eu
python=.venv/bin/python
wanted=$(sed -n 's/^pyscard==\([0-9.]*\).*/\1/p' requirements/bridge.txt)
$python -c "import importlib.metadata as m, sys; sys.exit(m.version('pyscard') != '$wanted')" 2>/dev/null && exit 0
if [ ! -e /usr/include/PCSC/winscard.h ] || ! command -v gcc >/dev/null; then
    echo "No card reader (PC/SC) here: that needs libpcsclite-dev and gcc. The pretend card works."
    exit 0
fi
echo "Building pyscard ..."
install="$python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps"
$install -r requirements/bridge-build.txt
PATH="$PWD/.venv/bin:$PATH" $install --no-build-isolation -r requirements/bridge.txt
