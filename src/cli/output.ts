/** Writes what a command made: the graph, the manifest, and the report. */

import { basename, resolve } from 'node:path'
import { type Exporter, exporterFor, manifest, type Requirements } from '../export/index.ts'
import { type OutputFile, wholeOutput } from '../export/output.ts'
import type { Frozen, FrozenPort } from '../freeze/frozen.ts'
import type { Value } from '../graph/node.ts'
import type { Digest } from '../node/digest.ts'
import { giveBack } from '../node/piece-memory.ts'
import { checkWritable } from '../node/target.ts'
import { wholeFile, writeFile, writeFiles } from '../node/write-file.ts'
import { OPTIONS, optionsOf } from '../options/index.ts'
import { flagOf } from '../options/text.ts'
import { isRemote } from '../remote/address.ts'
import { type ReadAndWritten, refuseOverwriting } from './overwriting.ts'
import { describeReport, type Optimized } from './passes.ts'
import { bytes, columns, jsonText, printsJson, terminal, typed } from './print.ts'
import { withProgress } from './progress.ts'
import type { Flags } from './settings.ts'
import { fromUsage, wrongUsage } from './wrong-usage.ts'

/** The values of the command line of a command that writes. */
export type OutputFlags = Flags & { readonly output: string }

/**
 * Refuses wrong usage before anything is opened: outputs that would overwrite what is
 * read or each other, and an output of a kind that is not written. Returns the output kind.
 */
export async function checkOutput(
  flags: OutputFlags,
  read: Omit<ReadAndWritten, 'written'>,
  own: readonly Exporter[],
): Promise<Exporter> {
  checkStreams(flags)
  const exporter = fromUsage('output', () => exporterFor(flags.output, own))
  checkWeights(flags, exporter)
  await refuseOverwriting({ ...read, written: [flags.output, flags.manifest] })
  for (const path of [flags.output, flags.manifest]) if (path !== undefined && !isRemote(path)) checkWritable(path)
  return exporter
}

/** The options with what the output kind needs, and what suits it. Throws for an option that contradicts it. */
export function withRequirements(flags: OutputFlags, { name, requires = {}, prefers = {} }: Exporter): OutputFlags {
  for (const [option, needed] of Object.entries(requires) as [keyof Requirements, string][]) {
    const found = flags[option]
    if (found !== undefined && found !== needed)
      wrongUsage(
        'output',
        `${flagOf(option, OPTIONS[option])} ${found} does not go with ${name}, which needs ${needed}`,
      )
  }
  return { ...flags, ...requires, ...(prefers.rnn && { rnn: flags.rnn ?? prefers.rnn }) }
}

/** Refuses what an output kind does not do with weights, and says what it does. */
function checkWeights({ weights, dtype = 'float32' }: OutputFlags, { name }: Exporter): void {
  if (weights === 'variables' && name !== 'saved_model')
    wrongUsage('output', '--weights variables is for a SavedModel: name a folder, as in -o FOLDER/')
  const instead = { tfjs: '--weight-dtype float16', onnx: '--float16' }[name]
  if (dtype !== 'float32' && instead)
    wrongUsage('output', `--dtype ${dtype} is for a GraphDef or a SavedModel: use ${instead} instead`)
}

/** Standard output and a file can each take one thing. */
function checkStreams(flags: OutputFlags): void {
  const { output, manifest, explain } = flags
  const json = printsJson(flags)
  const toStandardOutput = [output, manifest].filter(path => path === '-').length + (json ? 1 : 0)
  if (toStandardOutput > 1)
    wrongUsage(
      'output',
      'the graph goes to standard output, and so would the manifest. Write one of them to a file: -o FILE, or --manifest FILE instead of --json.',
    )
  if (output !== '-' && manifest !== undefined && resolve(output) === resolve(manifest)) {
    wrongUsage('output', `the graph goes to ${output}, and so would the manifest. Name two files.`)
  }
  if (json && explain)
    wrongUsage('output', '--json prints the manifest alone: leave --explain out, or name a file with --manifest')
}

/** Compares what will be written with the original; the code for it is loaded when it is asked for. */
export const verified = async (...given: Parameters<Verify>): Promise<string> =>
  (await import('./verification.ts')).verifyBefore(...given)
type Verify = typeof import('./verification.ts')['verifyBefore']

/** Writes the graph's files. Resolves with their bytes, the digest of the first where that is wanted, and what is to be said of them. */
export async function writeGraph(
  frozen: Frozen,
  exporter: Exporter,
  flags: OutputFlags,
  isHashed: boolean,
): Promise<{ readonly size: number; readonly sha256: string; readonly notes: readonly string[] }> {
  const context = { name: basename(flags.output), options: optionsOf('export', flags) }
  const files = await exporter.write(frozen, context)
  const digest = isHashed ? new (await import('../node/digest.ts')).Digest() : undefined // it takes a while to load
  const size = await writeAll(flags, digest ? hashed(files, digest) : files)
  return { size, sha256: digest?.hex() ?? '', notes: [...frozen.notes, ...files.flatMap(file => file.notes ?? [])] }
}

/** Writes the graph and what belongs to it; `model` is the path that it was made from. */
export async function deliver(
  { frozen: made, report, verification }: Optimized & { readonly verification?: string | undefined },
  exporter: Exporter,
  flags: OutputFlags,
  model: string,
): Promise<void> {
  const wantsManifest = printsJson(flags) || flags.manifest !== undefined
  const { size, sha256, notes } = await writeGraph(made, exporter, flags, wantsManifest)
  const frozen = { ...made, notes }
  if (wantsManifest) {
    const written = { format: exporter.name, path: flags.output, bytes: size, sha256 }
    const described = manifest(frozen, written, model)
    if (flags.manifest !== undefined) await writeManifest(flags.manifest, `${JSON.stringify(described, null, 2)}\n`)
    if (printsJson(flags)) process.stdout.write(jsonText(described, flags))
  }
  if (printsJson(flags) || flags.quiet) return
  const lines = [
    describe(frozen, flags.output, size),
    ...(report ? [describeReport(report, flags.explain === true)] : []),
    ...(verification ? [verification] : []),
  ]
  const stream = flags.output === '-' ? process.stderr : process.stdout
  stream.write(`${terminal(lines.join('\n\n'))}\n`)
}

async function writeManifest(path: string, text: string): Promise<void> {
  if (!isRemote(path)) await writeFile(path, wholeFile(text))
  else await (await import('../node/remote.ts')).writeToAddress(path, [{ path: '', ...wholeOutput(text) }])
}

/** The first file, which is the graph, goes through the digest. */
const hashed = (files: readonly OutputFile[], digest: Digest): readonly OutputFile[] =>
  files.map((file, i) => (i === 0 ? { ...file, chunks: digest.through(file.chunks) } : file))

async function writeAll({ output, quiet }: OutputFlags, files: readonly OutputFile[]): Promise<number> {
  const told = quiet ? files : withProgress(files)
  return isRemote(output)
    ? (await import('../node/remote.ts')).writeToAddress(output, told)
    : writeFiles(output, told, giveBack)
}

/** The line about a written graph, for people. */
function describe({ graph, source, inputs, outputs, notes }: Frozen, path: string, size: number): string {
  const { nodes, functions } = graph
  const signature = source.signature === undefined ? '' : ` [${source.signature}]`
  const row = (side: string, port: FrozenPort, value: Value): string[] => [
    side,
    String(value),
    typed(port.dtype, port.shape),
    port.key === String(value) ? '' : `key ${port.key}`,
  ]
  const lines = [
    `${source.name}${signature} → ${path}`,
    `  ${bytes(size)}, ${nodes.size} nodes${functions.size ? `, ${functions.size} functions` : ''}`,
    columns([
      ...inputs.map((port, i) => row('in', port, graph.inputs[i]!.value)),
      ...outputs.map((port, i) => row('out', port, graph.outputs[i]!.value)),
    ]),
    ...notes.map(note => `  note: ${note}`),
  ]
  return lines.join('\n')
}
