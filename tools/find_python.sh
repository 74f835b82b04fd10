#!/bin/sh
# Prints the first Python on this machine that can make our virtual environment, or says what to install.
# PYTHON=/path/to/python names one to use instead.

runs() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    runs "$python" || continue
    found=$python
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        command -v "$python"
        exit 0
    fi
done

if [ -n "$found" ]; then
    version=$("$found" -c 'import sys; print("{}.{}".format(*sys.version_info))')
    echo "$found cannot make virtual environments. On Debian and Ubuntu:  sudo apt-get install python$version-venv" >&2
else
    echo "Python 3.11 or newer is needed. On Debian 12 and newer:  sudo apt-get install python3 python3-venv" >&2
fi
exit 1
