#!/usr/bin/env bash
# Regenerates src/tensorflow/generated from the TensorFlow of the oracle environment (see scripts/oracle.sh).
# Run it when TensorFlow gains ops or fields; the output is committed.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$(bash scripts/oracle.sh)
out=src/tensorflow/generated
mkdir -p "$out"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"$python" scripts/tables/vocabulary.py "$tmp/tensorflow.binpb" "$out/registry.ts"
cat > "$tmp/buf.gen.yaml" <<YAML
version: v2
plugins:
  - local: node_modules/.bin/protoc-gen-es
    out: $out
    opt: [target=js+dts, import_extension=js]
YAML
npx --no-install buf generate "$tmp/tensorflow.binpb" --template "$tmp/buf.gen.yaml"
