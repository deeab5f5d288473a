#!/bin/sh
# What `make test` needs of the system. Installed as root, with CI=1, or after a yes;
# otherwise one line says what to install.
set -eu
need=""
command -v chromium >/dev/null || need="$need chromium"
command -v firefox-esr >/dev/null || need="$need firefox-esr"
command -v node >/dev/null || need="$need nodejs"
command -v npm >/dev/null || need="$need npm"
command -v pinentry-tty >/dev/null || need="$need pinentry-tty"
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || need="$need faketime"
command -v strace >/dev/null || need="$need strace"
command -v pcscd >/dev/null || need="$need pcscd"
ls /usr/lib/pcsc/drivers/serial/libifdvpcd.so >/dev/null 2>&1 || need="$need vsmartcard-vpcd"
command -v pkcs11-tool >/dev/null || need="$need opensc"
# pyscard comes as source only
ls /usr/include/PCSC/winscard.h >/dev/null 2>&1 || need="$need libpcsclite-dev"
command -v gcc >/dev/null || need="$need gcc libc6-dev"
# the bridge's own window for the PIN; python3-tk is for Debian's Python only
if [ -x .venv/bin/python ] && ! .venv/bin/python -c 'import sys; from importlib.util import find_spec
sys.exit(sys.base_prefix == "/usr" and not find_spec("_tkinter"))'; then need="$need python3-tk"; fi
command -v Xvfb >/dev/null || need="$need xvfb"
command -v xdotool >/dev/null || need="$need xdotool"
command -v desktop-file-validate >/dev/null || need="$need desktop-file-utils"
command -v systemd-analyze >/dev/null || need="$need systemd"
fc-list 2>/dev/null | grep -qi "cjk" || need="$need fonts-noto-cjk"
[ -n "$(fc-list :lang=ne 2>/dev/null)" ] || need="$need fonts-noto-core"
[ -z "$need" ] && exit 0
line="The tests use Debian packages that are missing:$need  (apt-get install$need)"
command -v apt-get >/dev/null || { echo "$line"; exit 1; }
run=""
if [ "$(id -u)" != 0 ]; then
    if [ -n "${CI:-}" ]; then run="sudo -n"
    elif [ -t 0 ]; then
        printf '%s\nInstall them now with sudo? [y/N] ' "$line"
        read -r answer
        case "$answer" in y|Y|yes) run="sudo" ;; *) exit 1 ;; esac
    else echo "$line"; exit 1
    fi
fi
echo "Installing$need ..."
$run apt-get update -qq
DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends $need >/dev/null
