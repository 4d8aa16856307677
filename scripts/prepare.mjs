// npm's `prepare`: runs on `npm install` in a checkout, and when a program depends on the repository by git. Whoever
// installs the published package runs nothing. Builds where nothing is built yet, so that no empty package is installed.
import { execSync } from 'node:child_process'
import { existsSync } from 'node:fs'

if (!existsSync('dist/cli/main.js')) execSync('npm run --silent prepack', { stdio: 'inherit' })
