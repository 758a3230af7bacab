#!/usr/bin/env bash
# Makes an environment with the grader beside this folder. Runs once, as root, when the image is built.
set -euo pipefail
source="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$source")"
environment="$root/pargrade"
exactly="$(cat "$source/wheels/PYTHON" 2>/dev/null || true)" # of an offline build: its wheels fit one version only
unset PYTHONPATH PYTHONHOME
export PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

fits() {
    case "$(readlink -f "$1")" in /root/*) return 1 ;; esac # students' programs run as users who cannot look there
    "$1" -c '
import sys
version = "%d.%d" % sys.version_info[:2]
sys.exit(sys.version_info < (3, 11) or sys.argv[1] not in ("", version))' "$exactly" >/dev/null 2>&1
}

find_python() {
    local name path
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        while read -r path; do
            if fits "$path"; then
                echo "$path"
                return 0
            fi
        done < <(type -aP "$name")
    done
    return 1
}

install_python() {
    local version
    for version in ${exactly:-3.13 3.12 3.11}; do
        if command -v apt-get >/dev/null; then
            apt-get update -qq || true
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version" "python$version-venv" && return 0
        elif command -v dnf >/dev/null; then
            dnf install -y -q "python$version" && return 0
        fi
    done
    return 1
}

if ! python="$(find_python)"; then
    install_python || true
    if ! python="$(find_python)"; then
        echo "pargrade needs Python ${exactly:-3.11 or newer}, and it is neither here nor could it be installed." >&2
        echo "Choose a newer base image, Ubuntu 22.04 or later, or bring an image with Python of your own." >&2
        exit 1
    fi
fi
echo "pargrade: using $python"

rm -rf "$environment"
if [ -n "$exactly" ]; then
    "$python" -m venv --without-pip "$environment"
    "$environment/bin/python" "$(ls "$source"/wheels/pip-*.whl)/pip" install --quiet --no-index \
        --find-links "$source/wheels" --constraint "$source/constraints.txt" "$source"/wheels/pargrade-*.whl
else
    if ! "$python" -m venv "$environment" && command -v apt-get >/dev/null; then
        apt-get update -qq || true
        version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version-venv"
        "$python" -m venv --clear "$environment"
    fi
    "$environment/bin/python" -m pip install --quiet --only-binary=:all: \
        --constraint "$source/constraints.txt" "$source"/wheels/pargrade-*.whl
fi
chmod a+x "$root"
chmod -R a+rX "$environment"
chmod 700 "$source"

# For the log of the build: whether the sandbox holds there, and what to do where it does not.
"$environment/bin/python" -I -m grader doctor --sandbox uid || true
