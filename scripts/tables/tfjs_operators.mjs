// node scripts/tables/tfjs_operators.mjs > src/tfjs/generated/operators.ts
// Prints the operators that TF.js executes, with the attributes that it reads: from the op tables of
// @tensorflow/tfjs-converter, without those that none of its executors has a case for.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const { version } = require('@tensorflow/tfjs-converter/package.json')
const folder = 'node_modules/@tensorflow/tfjs-converter/dist/operations'

const executors = readdirSync(join(folder, 'executors')).filter(file => /^[a-z_]+_executor\.js$/.test(file))
const executed = new Set(
  executors.flatMap(file =>
    [...readFileSync(join(folder, 'executors', file), 'utf8').matchAll(/case '(\w+)':/g)].map(([, op]) => op),
  ),
)
/** The tables that the converter's operation mapper registers. */
const tables = [
  ...readFileSync(join(folder, 'operation_mapper.js'), 'utf8').matchAll(/from '\.\/op_list\/(\w+)'/g),
].map(([, name]) => name)

const lines = []
for (const table of tables) {
  // The tables are JSON in a module of one export, which Node does not load as it has no type.
  const source = readFileSync(join(folder, 'op_list', `${table}.js`), 'utf8')
  const start = source.indexOf('export const json = ') + 'export const json = '.length
  const entries = new Function(`return ${source.slice(start, source.indexOf(';\n', start))}`)()
  for (const { tfOpName, attrs = [] } of entries) {
    if (!executed.has(tfOpName)) continue
    const read = attrs.filter(attr => !attr.notSupported).flatMap(attr => [attr.tfName, attr.tfDeprecatedName ?? []])
    lines.push([tfOpName, ...new Set(read.flat())].join(' '))
  }
}
console.log(`/**
 * The operators that TF.js ${version} executes, one a line, each with the attributes that it reads.
 * Made by scripts/tables/tfjs_operators.mjs from the op tables of @tensorflow/tfjs-converter.
 */
export const OPERATORS = \`
${[...new Set(lines)].sort().join('\n')}
\``)
