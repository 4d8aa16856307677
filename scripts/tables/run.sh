#!/usr/bin/env bash
# Regenerates src/tensorflow/generated and src/onnx/generated from the TensorFlow of the oracle environment (see scripts/oracle.sh),
# and src/tfjs/generated from the installed TF.js.
# Run it when TensorFlow gains ops or fields, or when another field is read; the output is committed.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$(bash scripts/oracle.sh)
out=src/tensorflow/generated
mkdir -p "$out"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"$python" scripts/tables/vocabulary.py "$tmp/messages.binpb" "$out/descriptors.ts" "$out/registry.ts"
cat > "$tmp/buf.gen.yaml" <<YAML
version: v2
plugins:
  - local: node_modules/.bin/protoc-gen-ts_proto
    out: $out
    opt:
      - forceLong=bigint
      - oneof=unions-value
      - useMapType=true
      - outputTypeAnnotations=static-only
      - outputJsonMethods=false
      - outputPartialMethods=false
      - exportCommonSymbols=false
      - annotateFilesWithVersion=false
YAML
npx --no-install buf generate "$tmp/messages.binpb" --template "$tmp/buf.gen.yaml"
node scripts/tables/strict.mjs "$out/messages.ts"
mkdir -p src/onnx/generated
"$python" scripts/tables/onnx_operators.py > src/onnx/generated/operators.ts
mkdir -p src/tfjs/generated
node scripts/tables/tfjs_operators.mjs > src/tfjs/generated/operators.ts
