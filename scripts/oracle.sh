#!/usr/bin/env bash
# Prints the Python of the oracle: a virtual environment with the programs that judge the output.
# It is made on first use, kept under the user's cache folder, and reused while its list of packages stays the same.
set -euo pipefail
packages="tensorflow-cpu==2.21.0 tf_keras==2.21.0 keras==3.15.1 opencv-python-headless==5.0.0.93 openvino==2026.4.1 h5py==3.14.0"
root="${XDG_CACHE_HOME:-$HOME/.cache}/tfreeze"
dir="$root/oracle"
if [ "$(cat "$dir/packages" 2>/dev/null)" != "$packages" ]; then
  echo "setting up the oracle in $dir (TensorFlow, OpenCV, OpenVINO: about 2.5 GB)" >&2
  rm -rf "$dir"
  mkdir -p "$root"
  python3 -m venv "$dir" >&2
  "$dir/bin/pip" install --quiet --disable-pip-version-check $packages >&2
  echo "$packages" > "$dir/packages"
fi
echo "$dir/bin/python"
