import { defineConfig } from 'tsdown'
import { compressedHdf5Library } from './scripts/build/hdf5-library.ts'
import { sourceMaps } from './scripts/build/source-maps.ts'

type Resolving = { resolve(id: string, importer: string | undefined): Promise<null | { id: string }> }
type Importers = (id: string) => readonly string[]

/** Whether a module is loaded when `entry` is. */
function isLoadedWith(entry: string, id: string, importersOf: Importers, seen = new Set<string>()): boolean {
  if (id.endsWith(entry)) return true
  if (seen.has(id)) return false
  seen.add(id)
  return importersOf(id).some(importer => isLoadedWith(entry, importer, importersOf, seen))
}

/**
 * What freezing a SavedModel needs lies in four files: thirty small ones take as long to
 * find as to run. What touches Node is apart from what a browser loads too, and what
 * every command or `tfreeze/node` needs from the rest.
 */
function chunkOf(id: string, importersOf: Importers): string | null {
  if (!isLoadedWith('/src/cli/commands/freeze.ts', id, importersOf)) return null
  if (isLoadedWith('/src/cli/start.ts', id, importersOf)) return null
  const isNode = /\/src\/(cli|node)\//.test(id)
  if (isLoadedWith('/src/node/index.ts', id, importersOf)) return isNode ? 'files' : 'bytes'
  return isNode ? 'command' : 'freeze'
}

/**
 * A module has no `require`. What commander needs `child_process` for, commands that are programs of their own, we have
 * none of; loading it takes longer than loading commander.
 */
const commanderAsModule = {
  name: 'commander-as-module',
  transform: {
    filter: { id: /[\\/]commander[\\/]lib[\\/]command\.js$/ },
    handler: (code: string) =>
      code
        .replace("require('node:child_process')", '{}')
        .replaceAll(/require\(('node:\w+')\)/g, 'globalThis.process.getBuiltinModule($1)'),
  },
}

/**
 * Brotli's dictionary is 500 kB of source, or 70 kB that it unpacks itself: its package means the latter for browsers.
 * Node does not need the package.
 */
const smallDictionary = {
  name: 'small-dictionary',
  resolveId: {
    filter: { id: /dictionary-data\.js$/ },
    async handler(this: Resolving, _: string, importer: string | undefined) {
      return this.resolve('./dictionary-browser.js', importer)
    },
  },
}

const BUNDLED = [
  '@bufbuild/protobuf',
  '@dagrejs/dagre',
  '@zip.js/zip.js',
  'aws4fetch',
  'base64-js',
  'brotli',
  'commander',
  'fast-png',
  'fflate',
  'h5wasm',
  'hash-wasm',
  'iobuffer',
  'jpeg-js',
]

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    graph: 'src/api/graph.ts',
    rewrite: 'src/api/rewrite.ts',
    formats: 'src/api/formats.ts',
    keras: 'src/api/keras.ts',
    remote: 'src/api/remote.ts',
    'node/index': 'src/node/index.ts',
    'cli/main': 'src/cli/main.ts',
    'cli/batch-worker': 'src/cli/batch/worker.ts',
  },
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  dts: { sourcemap: true },
  sourcemap: true,
  // Names stay, so that a stack trace can be read; comments and spaces take time to load.
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  fixedExtension: false,
  // protobuf-es is 60 small modules, and commander is CommonJS: finding and translating them takes as long as freezing
  // a small model. The packages of the others are 27 MB, of which we need 3; they stay chunks that are loaded when
  // a model needs them. tests/policy/package.test.ts sees that NOTICE has the licence of each.
  deps: {
    neverBundle: [/^node:/],
    alwaysBundle: BUNDLED.map(name => new RegExp(`^${name}(/|$)`)),
    onlyBundle: BUNDLED,
  },
  plugins: [commanderAsModule, smallDictionary, compressedHdf5Library, sourceMaps],
  // The sample's first command prints the model that it froze, not the build.
  logLevel: 'warn',
  inputOptions: {
    preserveEntrySignatures: 'allow-extension',
    resolve: { mainFields: ['module', 'main'] },
    checks: { pluginTimings: false },
  },
  outputOptions: {
    sourcemapExcludeSources: true, // the package has them in src/
    codeSplitting: {
      includeDependenciesRecursively: false, // what every command needs would come along
      groups: [{ name: (id, graph) => chunkOf(id, of => graph.getModuleInfo(of)?.importers ?? []) }],
    },
  },
})
