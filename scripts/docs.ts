/**
 * The generated parts of README.md and docs/: printed from the registries and
 * the comments that the code itself has, so that they cannot say anything else.
 * A part stands between `<!-- generated: name -->` and `<!-- end -->`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { COMMANDS } from '../src/cli/commands.ts'
import { DRAWINGS, EXPORTERS } from '../src/export/index.ts'
import { INPUT_KINDS } from '../src/models/index.ts'
import { LAYER_CLASSES, LAYERS } from '../src/models/keras/layers/index.ts'
import { OPERATIONS } from '../src/models/keras/operations/index.ts'
import { FAMILIES } from '../src/onnx/lowerings/index.ts'
import { passesDocument } from '../src/optimize/describe.ts'
import { rowsOf } from '../src/options/index.ts'
import type { OptionDef } from '../src/options/option.ts'
import { flagOf } from '../src/options/text.ts'
import { opDef } from '../src/tensorflow/ops.ts'
import { UNUSABLE } from '../src/tfjs/conditions/index.ts'
import { OPERATORS } from '../src/tfjs/generated/operators.ts'
import { TFJS_RULES } from '../src/tfjs/rules/index.ts'
import { manPage } from './man.ts'

/** What each part says. */
const PARTS: Readonly<Record<string, () => string>> = {
  inputs: () =>
    table(
      ['in', 'what is read'],
      INPUT_KINDS.map(({ kind, description, open }) => [
        code(kind),
        open ? description : `${description} (detected, not supported)`,
      ]),
    ),
  outputs: () =>
    table(
      ['path', 'what is written'],
      EXPORTERS.map(({ extensions, description }) => [extensions.map(code).join(', '), description]),
    ),
  drawings: () =>
    table(
      ['path', 'what is drawn'],
      DRAWINGS.map(({ extensions, description }) => [extensions.map(code).join(', '), description]),
    ),
  options: () =>
    COMMANDS.flatMap(({ name: command }) => {
      const rows = rowsOf(command).map(([name, def]) => [
        code(usage(name, def)),
        meaning(def),
        def.kind === 'choice' ? code(def.default) : '',
      ])
      return rows.length > 0 ? [`## \`tfreeze ${command}\``, table(['option', 'meaning', 'default'], rows)] : []
    }).join('\n\n'),
  layers: () =>
    `${LAYERS.size} classes of layers and ${OPERATIONS.size} operations:\n\n${[...LAYERS.keys()].sort().map(code).join(', ')}${
      OPERATIONS.size > 0 ? `.\n\nOperations: ${[...OPERATIONS.keys()].sort().map(code).join(', ')}` : ''
    }.`,
  onnx: () => {
    const ops = FAMILIES.flatMap(lowerings => Object.keys(lowerings)).sort()
    return `${ops.length} ops of TensorFlow can be written:\n\n${ops.map(code).join(', ')}.`
  },
  tfjs: () => {
    const rewritten = TFJS_RULES.flatMap(({ ops }) => ops)
    const executed = OPERATORS.trim()
      .split('\n')
      .map(line => line.split(' ')[0]!)
    const always = new Set(UNUSABLE)
    const ops = [...new Set([...executed, ...rewritten])].filter(op => opDef(op) && !always.has(op)).sort()
    return `${ops.length} ops of TensorFlow can be written:\n\n${ops.map(code).join(', ')}.`
  },
  refused: () =>
    table(
      ['layer', 'why not'],
      LAYER_CLASSES.flatMap(({ name, refused }) => (refused ? [[code(name), refused]] : [])),
    ),
  codes: () =>
    table(
      ['code', 'meaning'],
      rows('src/errors.ts', /^ {2}\| '([\w-]+)' \/\/ (.*)$/gm).map(([name, meaning]) => [code(name!), meaning!]),
    ),
  limits: () =>
    table(
      ['limit', 'value', 'of what'],
      rows('src/limits.ts', /^\/\*\* (.*) \*\/\nexport const (\w+) = (.*)$/gm).map(([what, name, value]) => [
        code(name!),
        sized(value!),
        what!,
      ]),
    ),
  notation: () => {
    const [, comment] = /^\/\*\*\n([\s\S]*?)\n \*\//.exec(read('src/graph/text/index.ts'))!
    const lines = comment!.split('\n').filter(line => line.startsWith(' *     '))
    return `\`\`\`\n${lines.map(line => line.slice(7)).join('\n')}\n\`\`\``
  },
}

/** `-o, --output FILE` */
const usage = (name: string, def: OptionDef): string =>
  [def.short && `-${def.short},`, flagOf(name, def), def.argument?.toUpperCase()].filter(Boolean).join(' ')

function meaning(def: OptionDef): string {
  const of = def.madeFrom === 'layers' ? '*Keras files.* ' : ''
  if (def.kind !== 'choice') return of + def.description
  const choices = Object.entries(def.choices).map(([choice, means]) => `${code(choice)}: ${means}`)
  return `${of}${def.description} ${choices.join('; ')}`
}

/** Documents that are generated as a whole. */
const DOCUMENTS: Readonly<Record<string, () => string>> = {
  'docs/passes.md': passesDocument,
  'man/tfreeze.1': manPage,
}

/** Every document as it should be, by its path; paths are relative to the checkout. */
export function documents(): ReadonlyMap<string, string> {
  const paths = ['README.md', ...readdirSync('docs').map(name => `docs/${name}`)].filter(path => path.endsWith('.md'))
  const filled = paths.map((path): [string, string] => [path, fill(path, read(path))])
  return new Map([...filled, ...Object.entries(DOCUMENTS).map(([path, make]): [string, string] => [path, make()])])
}

function fill(path: string, text: string): string {
  return text.replace(/(<!-- generated: (\w+) -->\n)[\s\S]*?(\n?<!-- end -->)/g, (_, start, name) => {
    const part = PARTS[name]
    if (!part) throw new Error(`${path}: there is no part '${name}'. There are ${Object.keys(PARTS).join(', ')}.`)
    return `${start}${part()}\n<!-- end -->`
  })
}

const read = (path: string): string => readFileSync(path, 'utf8')
const rows = (path: string, pattern: RegExp): string[][] =>
  [...read(path).matchAll(pattern)].map(([, ...groups]) => groups)
const code = (text: string): string => `\`${text}\``
const cell = (text: string): string => text.replaceAll('|', '\\|')
const table = (head: readonly string[], body: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...body].map(row => `| ${row.map(cell).join(' | ')} |`).join('\n')

/** `512 * 1024 * 1024` → 512 Mi. */
function sized(expression: string): string {
  const [count, ...times] = expression.split(' * ')
  const isBinary = times.length > 0 && times.every(factor => factor === '1024')
  if (!isBinary) return expression.replaceAll('_', ' ').replace('2 ** 31', '2³¹')
  const power = times.length + (count === '1024' ? 1 : 0)
  return `${count === '1024' ? 1 : count} ${['', 'Ki', 'Mi', 'Gi', 'Ti'][power]}`
}
