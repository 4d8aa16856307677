#!/usr/bin/env bash
# npm run test:python: builds the wheel, installs it in a fresh environment and runs its test there; then once more in
# an environment that sees the packages of the oracle, so that a Keras model in memory is frozen, where there is one.
# PYTHONS names the interpreters; by default one of each version from 3.9 on that the machine has, also in pyenv.
set -euo pipefail
pythons() {
  local minor candidate
  for minor in 9 10 11 12 13 14; do
    for candidate in "python3.$minor" "${PYENV_ROOT:-$HOME/.pyenv}/versions/3.$minor".*/bin/python3; do
      # A shim of pyenv is there without its version, too.
      if "$candidate" -c 'import venv, ensurepip' 2> /dev/null; then echo "$candidate"; break; fi
    done
  done
}
found="${PYTHONS:-$(pythons)}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/build"
"$folder/build/bin/pip" install --quiet --disable-pip-version-check hatchling build
"$folder/build/bin/python" -m build --wheel --no-isolation --outdir "$folder" python > "$folder/log" || { cat "$folder/log"; exit 1; }
wheel="$(echo "$folder"/tfreeze-*.whl)"
echo "$(basename "$wheel"): $(wc -c < "$wheel") bytes"
for python in ${found:-python3}; do
  rm -rf "$folder/env"
  "$python" -m venv "$folder/env"
  "$folder/env/bin/pip" install --quiet --disable-pip-version-check "$wheel"
  echo "$("$python" --version), without TensorFlow"
  "$folder/env/bin/python" python/tests/test_wheel.py fixtures
done
oracle="${XDG_CACHE_HOME:-$HOME/.cache}/tfreeze/oracle/bin/python"
if [ ! -x "$oracle" ]; then
  echo "with TensorFlow: skipped, because the oracle of the conformance run is not installed"
  exit 0
fi
"$oracle" -m venv "$folder/with"
"$folder/with/bin/pip" install --quiet --disable-pip-version-check "$wheel"
"$oracle" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$(echo "$folder"/with/lib/python*/site-packages)/oracle.pth"
echo "$("$oracle" --version), with TensorFlow"
TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES= "$folder/with/bin/python" python/tests/test_wheel.py fixtures
