#!/bin/sh
# Creates .venv with exactly the packages that constraints.txt names, each checked by its hash.
# Interrupted, it goes on where it was; with everything in place, pip finds nothing to do.
set -eu

LOG=build/setup.log

fail() {
    echo "error: $1" >&2
    exit 2
}

is_recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

can_make_venvs() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

find_python() {
    recent=
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        is_recent "$candidate" || continue
        recent=$candidate
        can_make_venvs "$candidate" && echo "$candidate" && return
    done
    [ -z "$recent" ] || fail "$recent has no venv and ensurepip modules (Debian, Ubuntu: install python3-venv)"
    fail "no Python 3.11 or later among: ${PYTHON:-python3 python3.13 python3.12 python3.11}; name one with PYTHON=…"
}

show_dots() {
    while sleep 2; do printf '.' >&2; done
}

pip_install() {
    .venv/bin/python -m pip install --disable-pip-version-check --require-hashes "$@" >>"$LOG" 2>&1
}

install() {
    # pip first: reading dependency groups needs a recent one.
    awk '/^pip==/ { found = 1 } found { print } found && !/\\$/ { exit }' constraints.txt >build/pip.txt
    pip_install --requirement build/pip.txt && pip_install --constraint constraints.txt --group dev
}

mkdir -p build
: >"$LOG"
if ! is_recent .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python) || exit $?
    "$python" -m venv --clear .venv >>"$LOG" 2>&1 || fail "$python could not create .venv; see $LOG"
fi

printf 'Installing the pinned packages into .venv (once, about half a minute) ' >&2
show_dots &
dots=$!
trap 'kill "$dots" 2>/dev/null; echo >&2' EXIT
trap 'exit 130' INT TERM
if ! install; then
    tail -n 5 "$LOG" >&2
    fail "the packages could not be installed; the whole story is in $LOG"
fi
