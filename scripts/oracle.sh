#!/usr/bin/env bash
# Prints the Python of an oracle: a virtual environment with the programs that judge the output.
# It is made on first use, kept under the user's cache folder, and reused while its list of packages stays the same.
# usage: oracle.sh [oracle|model-explorer]
set -euo pipefail
name="${1:-oracle}"
case "$name" in
  oracle)
    packages="tensorflow-cpu==2.21.0 tf_keras==2.21.0 keras==3.15.1 opencv-python-headless==5.0.0.93 openvino==2026.4.1 h5py==3.14.0"
    more="onnx==1.23.2 onnxruntime==1.32.0 tf2onnx==1.17.0"
    what="TensorFlow, OpenCV, OpenVINO: about 2.5 GB" ;;
  model-explorer) # apart: it wants packages of its own
    packages="ai-edge-model-explorer==0.1.34"
    what="Model Explorer: about 0.7 GB" ;;
  *) echo "there is no oracle '$name'" >&2; exit 2 ;;
esac
root="${XDG_CACHE_HOME:-$HOME/.cache}/tfreeze"
dir="$root/$name"
if [ "$(cat "$dir/packages" 2>/dev/null)" != "$packages" ]; then
  echo "setting up $dir ($what)" >&2
  rm -rf "$dir"
  mkdir -p "$root"
  python3 -m venv "$dir" >&2
  "$dir/bin/pip" install --quiet --disable-pip-version-check $packages >&2
  echo "$packages" > "$dir/packages"
fi
# These go into an environment that is there already: TensorFlow is not loaded again for their sake.
if [ "${more:-}" != "$(cat "$dir/more" 2>/dev/null)" ]; then
  "$dir/bin/pip" install --quiet --disable-pip-version-check ${more:-} >&2
  echo "${more:-}" > "$dir/more"
fi
echo "$dir/bin/python"
