#!/bin/sh
# Runs the tests; arguments go to pytest. Needs Python 3.11 or newer and what the package pycosat is built with.
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "tests/run.sh: $1" >&2
    exit 1
}

# A private environment, because pip refuses to install into a Python that belongs to the system.
if command -v uv >/dev/null 2>&1; then
    uv=uv
else
    uv=.venv-uv/bin/uv
    if [ ! -x "$uv" ]; then
        python3 -m venv .venv-uv || fail 'there is neither `uv` nor a way to install it; install python3-venv'
        .venv-uv/bin/pip install --quiet uv || fail '`pip` could not install `uv`; install it in another way'
    fi
fi

# Where uv finds no Python it brings one, headers included.
python=$("$uv" python find 2>/dev/null) || python=

if ! .venv/bin/python -c 'import pycosat' 2>/dev/null; then
    compiler=${CC:-$("${python:-false}" -c 'import sysconfig; print(sysconfig.get_config_var("CC").split()[0])' || echo cc)}
    compiles() {
        printf '#include <%s>\n' "$1" | "$compiler" $2 -x c -fsyntax-only - >/dev/null 2>&1
    }
    compiles stdlib.h '' || fail "no C compiler works here (tried \`$compiler\`); install build-essential"
    if [ -n "$python" ]; then
        headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
        compiles Python.h "-I$headers" || fail "there is no Python.h in \`$headers\`; install python3-dev"
    fi
fi

exec "$uv" run --all-packages --group test pytest -n 2 --dist loadgroup "$@"
