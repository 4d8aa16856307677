/** Builds the page into the folder that the package carries. Addresses are relative: any static host, and any path of it, will do. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { defineConfig, type Plugin } from 'vite'
import { compressedHdf5Library } from '../scripts/build/hdf5-library.ts'
import { storedZip } from '../src/formats/zip/stored.ts'

const modules = join(import.meta.dirname, '../node_modules')
/** The packages whose code the page carries. */
const CARRIED = [
  ...['@bufbuild/protobuf', '@dagrejs/dagre', '@dagrejs/graphlib', '@zip.js/zip.js', 'h5wasm', 'hash-wasm'],
  ...['base64-js', 'brotli'],
  ...['fast-png', 'fflate', 'iobuffer', 'jpeg-js'],
]

/** Puts the licences of what is bundled beside it, as they ask for. */
const licences: Plugin = {
  name: 'licences',
  generateBundle() {
    const parts = CARRIED.map(name => {
      const folder = join(modules, name)
      const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry))
      const text = file
        ? readFileSync(join(folder, file), 'utf8')
        : (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).license as string)
      return `## ${name}\n\n${text.trim()}\n`
    })
    this.emitFile({
      type: 'asset',
      fileName: 'licenses.md',
      source: `# Licences of what this page contains\n\n${parts.join('\n')}`,
    })
  },
}

/** Puts a small model beside the page, so that who has none can look at one: the digits of `fixtures/`, as an archive. */
const sample: Plugin = {
  name: 'sample',
  generateBundle() {
    const folder = join(import.meta.dirname, '../fixtures/digits')
    const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .sort()
    const files = paths.map(path => [relative(folder, path).replaceAll('\\', '/'), readFileSync(path)] as const)
    this.emitFile({ type: 'asset', fileName: 'digits.zip', source: storedZip(new Map(files)) })
  },
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [licences, sample, compressedHdf5Library],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { pluginTimings: false } }, // a warning on a slow machine
    assetsInlineLimit: 0,
  },
  worker: {
    format: 'es',
    plugins: () => [compressedHdf5Library],
    rolldownOptions: { checks: { pluginTimings: false } },
  },
})
