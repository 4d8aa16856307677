// Installs the development dependencies when they are not there, so that `npm test` and `npm run sample` work on a fresh clone.
import { execSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const locked = file => (existsSync(file) ? Object.keys(JSON.parse(readFileSync(file, 'utf8')).packages) : [])
const installed = new Set(locked('node_modules/.package-lock.json'))
const root = JSON.parse(readFileSync('package.json', 'utf8'))
const wanted = Object.keys({ ...root.dependencies, ...root.devDependencies })
if (wanted.some(name => !installed.has(`node_modules/${name}`)))
  execSync('npm ci --ignore-scripts', { stdio: 'inherit' })
