#!/usr/bin/env bash
# Regenerates src/tensorflow/generated from the TensorFlow of the oracle environment (see scripts/oracle.sh).
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
# ts-proto ends a message at a zero byte, which real messages do not have, and takes the rest for fields of the message
# around it. A damaged file is refused instead: `skip` throws for wire type 4, the end of a group that nobody began.
perl -0pi -e 's/if \(\(tag & 7\) === 4 \|\| tag === 0\) \{\s*break;\s*\}/if (tag < 8) {\n          throw new Error("illegal tag: field no 0");\n        }/g' "$out/messages.ts"
