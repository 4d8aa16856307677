// Looks at what the package carries and needs: each library in the build and each dependency of the published package
// has a licence that allows it, and the registry knows no vulnerability of them. Where the registry does not answer
// the question, this says that it was skipped.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Licences that let the package be used in closed programs; NIST's terms have no SPDX name. */
const ALLOWED = ['Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', '0BSD']
const NAMED_IN_FILE = { h5wasm: /^NIST-developed software is provided by NIST as a public service/m }

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages
const root = lock['']
const list = /^const BUNDLED = \[(.*?)\]/ms.exec(readFileSync('tsdown.config.ts', 'utf8'))?.[1] ?? ''
const bundled = [...list.matchAll(/'(.+?)'/g)].map(([, name]) => name)
const names = [...new Set([...bundled, ...Object.keys({ ...root.dependencies, ...root.optionalDependencies })])]
if (names.length < 6) throw new Error('the list of bundled libraries was not found in tsdown.config.ts')

for (const name of names) {
  const { license, version } = lock[`node_modules/${name}`] ?? {}
  const parts = (license ?? '').replaceAll(/[()]/g, '').split(/ (?:AND|OR) /)
  const text = `node_modules/${name}/LICENSE.txt`
  const isNamed = NAMED_IN_FILE[name] && existsSync(text) && NAMED_IN_FILE[name].test(readFileSync(text, 'utf8'))
  if (!isNamed && !parts.every(part => ALLOWED.includes(part)))
    throw new Error(
      `${name} ${version}: its licence is ${license ?? 'not known'}, which is not among ${ALLOWED.join(', ')}`,
    )
}
console.log(`licences: ${names.length} libraries, all allowed`)

const audit = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8', shell: process.platform === 'win32' })
const { vulnerabilities } = JSON.parse(audit.stdout || '{}')
if (!vulnerabilities) {
  console.log('npm audit: skipped, because the registry does not answer it')
} else {
  // What is bundled is a development dependency of ours, so the part of it that matters is picked out here.
  const found = names.filter(name => ['high', 'critical'].includes(vulnerabilities[name]?.severity))
  if (found.length) throw new Error(`npm audit: ${found.join(', ')} has a known vulnerability: run \`npm audit\``)
  console.log('npm audit: nothing known of what the package carries')
}
