/** Writes what a command made: the graph, the manifest, and the report. */
import { CommanderError } from 'commander'
import { exporterFor, type Manifest, manifest } from '../export/index.ts'
import type { OutputFile } from '../export/output.ts'
import { type Written, writeFile, writeFolder } from '../node/write-file.ts'
import { describeReport, type Optimized } from './passes.ts'
import { bytes, columns, typed } from './print.ts'
import { withProgress } from './progress.ts'

export interface OutputFlags {
  readonly output: string
  readonly manifest?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly explain?: boolean
}

/** Refuses outputs that would get in each other's way. */
export function checkOutput({ output, json, manifest }: OutputFlags): void {
  if (output === '-' && (json || manifest === '-')) {
    throw new CommanderError(2, 'tfreeze.output', 'error: the graph goes to standard output, and so would the manifest')
  }
}

/** Writes the graph and what belongs to it. */
export async function deliver({ frozen, report }: Optimized, flags: OutputFlags): Promise<void> {
  const exporter = exporterFor(flags.output)
  const files = await exporter.write(frozen)
  const written = await writeAll(flags, files)
  const described = manifest(frozen, { format: exporter.name, ...written })
  const json = `${JSON.stringify(described, null, 2)}\n`
  if (flags.manifest !== undefined) await writeFile(flags.manifest, once(json))
  if (flags.json) process.stdout.write(json)
  else if (!flags.quiet) {
    const lines = [
      describe(described, flags.output),
      ...(report ? [describeReport(report, flags.explain === true)] : []),
    ]
    const stream = flags.output === '-' ? process.stderr : process.stdout
    stream.write(`${lines.join('\n\n')}\n`)
  }
}

async function writeAll({ output, quiet }: OutputFlags, files: readonly OutputFile[]): Promise<Written> {
  const shown = quiet ? files : withProgress(files)
  const [first] = shown
  if (shown.length === 1 && first!.path === '') return writeFile(output, first!.chunks)
  return writeFolder(output, shown)
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}

/** What was written, as a person wants to know it. */
function describe(m: Manifest, path: string): string {
  const { nodes, functions, bytes: size } = m.output
  const signature = m.source.signature === undefined ? '' : ` [${m.source.signature}]`
  const row =
    (side: string) =>
    (p: Manifest['inputs'][number]): string[] => [
      side,
      p.tensor,
      typed(p.dtype, p.shape),
      p.key === p.tensor.replace(/:0$/, '') ? '' : `key ${p.key}`,
    ]
  const lines = [
    `${m.source.name}${signature} → ${path}`,
    `  ${bytes(size)}, ${nodes} nodes${functions ? `, ${functions} functions` : ''}`,
    columns([...m.inputs.map(row('in')), ...m.outputs.map(row('out'))]),
    ...m.notes.map(note => `  note: ${note}`),
  ]
  return lines.join('\n')
}
