import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: ['src/index.ts', 'src/node/index.ts', 'src/cli/main.ts'],
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  // Names stay, so that a stack trace can be read; comments and spaces take time to load.
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  fixedExtension: false,
  // protobuf-es is 60 small modules: loading them one by one takes longer than freezing a small model.
  deps: { neverBundle: [/^node:/], alwaysBundle: [/^@bufbuild\/protobuf/], onlyBundle: ['@bufbuild/protobuf'] },
})
