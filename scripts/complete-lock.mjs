// Adds to package-lock.json the optional packages for other platforms that npm left out because the registry it asked
// did not have them yet. Without them `npm ci` refuses the lock file. Run it after changing dependencies.
import { readFileSync, writeFileSync } from 'node:fs'

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const PROCESSORS = {
  arm64: 'arm64',
  x64: 'x64',
  ia32: 'ia32',
  arm: 'arm',
  armv7: 'arm',
  armv6: 'arm',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  loong64: 'loong64',
  mips64el: 'mips64el',
  wasm32: 'wasm32',
}

/** What a platform package runs on, by its name: `@biomejs/cli-linux-x64-musl`. */
function platform(name) {
  const words = name.split(/[-/]/)
  const os = SYSTEMS.filter(system => words.includes(system))
  const cpu = Object.keys(PROCESSORS)
    .filter(word => words.includes(word))
    .map(word => PROCESSORS[word])
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : []
  return { ...(os.length && { os }), ...(cpu.length && { cpu }), ...(libc.length && { libc }) }
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
let added = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${path}/node_modules/${name}`
    const at = `node_modules/${name}`
    if (lock.packages[nested] || lock.packages[at]) continue
    lock.packages[at] = {
      version: version.replace(/^[^\d]*/, ''),
      ...(entry.dev && { dev: true }),
      license: entry.license,
      optional: true,
      ...platform(name),
    }
    added++
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${added} packages for other platforms added`)
