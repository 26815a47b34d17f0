#!/usr/bin/env bash
# Make the virtual environment and install the project with its pinned dependencies.
# usage: tools/make_venv.sh PYTHON VENV
set -euo pipefail
python=${1:-python3} venv=${2:-.venv}
cd "$(dirname "$0")/.."

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
stop() { printf '\nThe set-up stopped: %s\n' "$*" >&2; exit 1; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  stop "Python 3.11 or newer is needed, $python is $("$python" -V 2>&1). Name another one: make PYTHON=python3.12 …"

# Debian splits ensurepip off into python3-venv. Where it may not be installed, the system's own pip fills the environment.
create() {
  if "$python" -c 'import ensurepip' 2>/dev/null; then
    "$python" -m venv "$venv"
    return
  fi
  "$(dirname "$0")/system_packages.sh" venv || true
  if "$python" -c 'import ensurepip' 2>/dev/null; then
    "$python" -m venv "$venv"
  elif "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --without-pip "$venv"
    "$python" -m pip --python "$venv/bin/python" install --quiet pip ||
      stop "no pip could be put into $venv. Type: sudo apt-get install -y python3-venv"
  else
    stop "this Python has neither ensurepip nor pip. Type: sudo apt-get install -y python3-venv python3-pip"
  fi
}

if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  say "Making the virtual environment $venv"
  rm -rf "$venv"
  create
fi
say "Installing the pinned dependencies (about 120 packages; minutes the first time, seconds later)"
"$venv/bin/python" -m pip install --quiet -c constraints.txt -e '.[dev,postgresql]' ||
  stop "pip could not install the packages. Check the network or the wheel folder (PIP_FIND_LINKS) and repeat the same make command."
