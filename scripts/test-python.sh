#!/usr/bin/env bash
# npm run test:python: builds the wheel, installs it in a fresh environment and runs its test there; then once more in
# an environment that sees the packages of the oracle, so that a Keras model in memory is frozen, where there is one.
# PYTHONS names the interpreters, by default python3.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/build"
"$folder/build/bin/pip" install --quiet --disable-pip-version-check hatchling build
"$folder/build/bin/python" -m build --wheel --no-isolation --outdir "$folder" python > "$folder/log" || { cat "$folder/log"; exit 1; }
wheel="$(echo "$folder"/tfreeze-*.whl)"
echo "$(basename "$wheel"): $(wc -c < "$wheel") bytes"
for python in ${PYTHONS:-python3}; do
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
