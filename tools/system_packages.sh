#!/usr/bin/env bash
# Install the Debian packages of the named groups that are missing, where that is possible without asking; otherwise
# print the exact line to type and go on: the program runs without them, only with less.
# usage: tools/system_packages.sh GROUP…      (TORIKOMI_NO_SYSTEM_PACKAGES=1 skips it)
set -uo pipefail

declare -A groups=(
  [venv]="python3-venv"
  [reading]="tesseract-ocr tesseract-ocr-jpn tesseract-ocr-jpn-vert"   # the second reader
  [writing]="fonts-morisawa-bizud-gothic fonts-morisawa-bizud-mincho fonts-ipaexfont fonts-klee fonts-kiloji
             fonts-yusei-magic fonts-aoyagi-kouzan-t fonts-kouzan-mouhitsu"   # hands of the practice sheets
  [browser]="chromium"                                                # tests of the desk
  [workbooks]="libreoffice-calc"                                      # opens what was written
  [sharing]="samba smbclient"                                         # tests of the watched folder as a share
)
[ "${TORIKOMI_NO_SYSTEM_PACKAGES:-}" = 1 ] && exit 0

wanted=()
for group in "$@"; do
  [ -n "${groups[$group]:-}" ] || { echo "system_packages.sh: no group $group (there are: ${!groups[*]})" >&2; exit 2; }
  read -r -d '' -a names <<<"${groups[$group]}" || true
  wanted+=("${names[@]}")
done

missing() {
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s\n' "$name"
  done
}

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || {
  echo "Not a Debian system: install by your own means what is wanted here: ${wanted[*]}" >&2; exit 0; }
mapfile -t absent < <(missing "${wanted[@]}")
[ ${#absent[@]} -eq 0 ] && exit 0

line="sudo apt-get update && sudo apt-get install -y --no-install-recommends ${absent[*]}"
if [ "$(id -u)" = 0 ]; then as_root=()
elif sudo -n true 2>/dev/null; then as_root=(sudo -n)
else
  printf 'System packages are missing. It goes on without them; to add them, type:\n  %s\n' "$line" >&2
  exit 0
fi

printf '\033[1m==> Installing system packages: %s\033[0m\n' "${absent[*]}" >&2
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@" >/dev/null; }
apt update || true
apt install -y --no-install-recommends "${absent[@]}" && exit 0

# One name unknown to this release must not keep the others away.
for name in "${absent[@]}"; do apt install -y --no-install-recommends "$name" || true; done
mapfile -t absent < <(missing "${wanted[@]}")
[ ${#absent[@]} -eq 0 ] || printf 'Could not be installed: %s. It goes on without; to try by hand, type:\n  %s\n' "${absent[*]}" "$line" >&2
exit 0
