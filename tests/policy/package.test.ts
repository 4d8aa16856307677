/** What the published package is: what it needs, what it holds, what it runs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
const manifest = json('package.json')
const lock: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>> =
  json('package-lock.json').packages

test('it needs these packages and no others', () => {
  expect(manifest.dependencies).toBe(undefined) // what it uses is in the build: tsdown.config.ts
  expect(Object.keys(manifest.optionalDependencies)).toEqual(['@node-rs/crc32'])
  const engines = ['koffi', 'onnxruntime-node', 'onnxruntime-web'] // the first calls TensorFlow's library
  expect(Object.keys(manifest.peerDependencies)).toEqual(engines)
  for (const name of engines) expect(manifest.peerDependenciesMeta[name]).toEqual({ optional: true })
})

test('its exports are the library, what only Node has, and its own description', () => {
  const entry = (path: string) => ({ types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` })
  expect(manifest.exports).toEqual({
    '.': entry('index'),
    './graph': entry('graph'),
    './rewrite': entry('rewrite'),
    './formats': entry('formats'),
    './keras': entry('keras'),
    './remote': entry('remote'),
    './node': entry('node/index'),
    './package.json': './package.json',
  })
  // Resolvers that do not read `exports`: TypeScript's `node10`, old bundlers.
  expect({ main: manifest.main, types: manifest.types }).toEqual({
    main: './dist/index.js',
    types: './dist/index.d.ts',
  })
  expect(manifest.bin).toEqual({ tfreeze: 'dist/cli/main.js' })
  expect({ type: manifest.type, sideEffects: manifest.sideEffects }).toEqual({ type: 'module', sideEffects: false })
})

test('it says where it runs, and under which licence', () => {
  expect(manifest.engines).toEqual({ node: '>=20.19' })
  expect(manifest.license).toBe('Apache-2.0')
  expect(readFileSync('LICENSE', 'utf8')).toMatch(/Apache License\s+Version 2\.0/)
})

test('it holds the build and what a reader needs', () => {
  expect([...manifest.files].sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'NOTICE',
    'README.md',
    'SECURITY.md',
    'dist',
    'docs',
    'man',
    'src', // the source and declaration maps in dist lead there
  ])
  expect(existsSync(manifest.man), 'the man page').toBe(true)
  for (const file of manifest.files) if (file !== 'dist') expect(existsSync(file), file).toBe(true)
})

test('NOTICE has the licence of everything that the build contains', () => {
  const words = (text: string) => text.replaceAll(/\s+/g, ' ').trim()
  const notice = words(readFileSync('NOTICE', 'utf8'))
  const list = /^const BUNDLED = \[(.*?)\]/ms.exec(readFileSync('tsdown.config.ts', 'utf8'))?.[1] ?? ''
  const bundled = [...list.matchAll(/'(.+?)'/g)].map(([, name]) => name ?? '')
  expect(bundled.length).toBeGreaterThan(5)
  for (const name of bundled) {
    const folder = `node_modules/${name}`
    const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry))
    expect(notice, name).toContain(file ? words(readFileSync(`${folder}/${file}`, 'utf8')) : name)
  }
})

test('installing it runs nothing', () => {
  const hooks = ['preinstall', 'install', 'postinstall', 'prepublish']
  expect(Object.keys(manifest.scripts).filter(name => hooks.includes(name))).toEqual([])
})

test('what is packed, or installed by git, is built first', () => {
  expect(manifest.scripts.prepack).toMatch(/install\.mjs && .*run --silent build$/)
  expect(manifest.scripts.prepare).toBe('node scripts/prepare.mjs') // npm does not run it for the published package
})

test('the scripts of the checkout are there', () => {
  const promised = 'build sample test check conformance bench bless fixtures test:web test:package'.split(' ')
  expect(promised.filter(name => !manifest.scripts[name])).toEqual([])
})

test('the lock has the packages of every platform, so that npm ci works on each', () => {
  const missing = Object.entries(lock).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      name => !lock[`node_modules/${name}`] && !lock[`${path}/node_modules/${name}`],
    ),
  )
  expect(missing).toEqual([])
})
