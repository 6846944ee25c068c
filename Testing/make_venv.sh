#!/bin/sh
# Makes or updates .venv with the pinned packages, and puts the library on its path. Called by make.
# PYTHON, where set, is the interpreter to use; otherwise the first suitable one is taken.
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf 'make venv: %s\n' "$1" >&2
    exit 1
}

suitable() {
    # Runs the interpreter: version managers put names on the path that do not start.
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        suitable "$PYTHON" || fail "PYTHON=$PYTHON is not a Python of version 3.10 to 3.13; name another one."
        return
    fi
    for PYTHON in python3.12 python3.11 python3.13 python3.10 python3; do
        if suitable "$PYTHON"; then return; fi
    done
    fail "no Python of version 3.10 to 3.13 was found; install one (Debian: apt-get install python3 python3-venv) \
or name it: make venv PYTHON=/path/to/python3."
}

need_ensurepip() {
    # Debian keeps the part of Python that makes environments in a package of its own.
    if "$PYTHON" -c 'import ensurepip' >/dev/null 2>&1; then return; fi
    package=$("$PYTHON" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        echo "Installing the system package $package"
        apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "$package" \
            || fail "the system package $package could not be installed; see apt-get's message above."
    fi
    "$PYTHON" -c 'import ensurepip' >/dev/null 2>&1 \
        || fail "$PYTHON cannot make environments; install the system package $package (sudo apt-get install $package)."
}

install_packages() {
    # Pins that no longer exist or a lost network must not look like a finished environment: set -e stops here, and wait tells.
    # Two at once, on two cores: they share no package. All is compiled at the end, on all cores.
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    .venv/bin/python -m pip install -qq --no-compile --no-deps --requirement Testing/requirements-no-deps.txt &
    others=$!
    .venv/bin/python -m pip install -qq --no-compile --no-warn-conflicts --requirement Testing/requirements.txt \
        || { wait $others || true; exit 1; }
    wait $others
    # Builds of PyTorch for a card bring their own Triton; for the others' sake the card's kernel is run by its interpreter.
    if [ "$(uname -sm)" = "Linux x86_64" ] && ! .venv/bin/python -c 'import triton' 2>/dev/null; then
        .venv/bin/python -m pip install -qq --no-compile --no-deps triton==3.6.0
    fi
    # The packages' own tests are a third of all, and nobody imports them.
    .venv/bin/python -m compileall -q -j 0 -x '/tests?/' "$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')" \
        >/dev/null || true # some packages hold examples of other Pythons
    .venv/bin/python - "$PWD/RayEmbRegistration" <<'PYTHON_END'
import pathlib, sys, sysconfig
pathlib.Path(sysconfig.get_paths()["purelib"], "rayemb_registration.pth").write_text(sys.argv[1] + "\n", encoding="utf-8")
PYTHON_END
}

missing_system_packages() {
    # Qt and VTK load these libraries of the system; drawing offscreen needs Mesa's software renderer, text needs a font.
    .venv/bin/python - <<'PYTHON_END'
import ctypes, pathlib, sys
libraries = {
    "libEGL.so.1": "libegl1", "libGL.so.1": "libgl1", "libX11.so.6": "libx11-6", "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1", "libdbus-1.so.3": "libdbus-1-3", "libglib-2.0.so.0": "libglib2.0-0",
}
def loads(name):
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
missing = [package for name, package in libraries.items() if not loads(name)] if sys.platform == "linux" else []
fonts = [folder for folder in ("/usr/share/fonts", "/usr/local/share/fonts") if pathlib.Path(folder).is_dir()]
if sys.platform == "linux" and not any(path for folder in fonts for path in pathlib.Path(folder).rglob("*.ttf")):
    missing.append("fonts-dejavu-core")
print(*missing)
PYTHON_END
}

need_system_packages() {
    packages=$(missing_system_packages)
    if [ -z "$packages" ]; then return; fi
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        echo "Installing the system packages $packages"
        # shellcheck disable=SC2086 # several packages
        apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $packages \
            || fail "the system packages $packages could not be installed; see apt-get's message above."
        return
    fi
    echo "make venv: the panel's tests are skipped without the system packages $packages" >&2
    echo "make venv: install them with: sudo apt-get install $packages" >&2
}

if ! suitable .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    find_python
    need_ensurepip
    echo "Making .venv with $("$PYTHON" --version)"
    "$PYTHON" -m venv --clear .venv
fi
echo "Installing the pinned packages into .venv (PyTorch is large: this takes minutes the first time)"
install_packages
need_system_packages
.venv/bin/python -c 'import cv2, numpy, scipy, SimpleITK, torch; from diffdrr.renderers import Siddon' \
    || fail "the packages were installed, but do not load; see the message above."
echo ".venv is ready: $(.venv/bin/python --version), torch $(.venv/bin/python -c 'import torch; print(torch.__version__)')"
