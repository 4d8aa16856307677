/** Freezes as the command line would, compares what was before and after, and writes the file. */

import { fromBlob } from '../../../src/bytes/source.ts'
import { FreezeError } from '../../../src/errors.ts'
import { EXPORTERS, exporterFor, isFolder } from '../../../src/export/index.ts'
import type { Frozen } from '../../../src/freeze/frozen.ts'
import { freeze } from '../../../src/freeze/index.ts'
import type { Graph } from '../../../src/graph/graph.ts'
import type { Node } from '../../../src/graph/node.ts'
import { tryFreezing } from '../../../src/inspect/inspection.ts'
import type { OpenOptions } from '../../../src/models/index.ts'
import type { Model } from '../../../src/models/model.ts'
import { type OptimizeReport, optimize, readAhead } from '../../../src/optimize/optimize.ts'
import { parsePasses } from '../../../src/optimize/parse.ts'
import { type GraphSummary, summarize } from '../../../src/optimize/summary.ts'
import { TARGETS, targetNamed } from '../../../src/optimize/targets/index.ts'
import { type OptionName, optionsOf, settingsOf, type Values } from '../../../src/options/index.ts'
import { PASSES } from '../../../src/passes/index.ts'
import type { Mark } from '../../../src/picture/parts.ts'
import { typed } from '../../../src/picture/shapes.ts'
import { sameTensor } from '../../../src/tensor/make.ts'
import type {
  FormatInfo,
  FreezeParams,
  FreezeResult,
  FrozenPortInfo,
  Methods,
  PassInfo,
  PassReport,
  Summary,
  Verdict,
  WriteParams,
  Written,
} from '../protocol.ts'
import { customLayers } from './custom.ts'
import { failure, told } from './failure.ts'
import type { Call } from './main.ts'
import type { Session } from './session.ts'

export const passes = (): PassInfo[] =>
  PASSES.map(({ name, description, enabled }) => ({ name, description, isEnabled: enabled }))

export const targets = (): Methods['targets']['result'] =>
  TARGETS.map(({ name, description }) => ({ name, description }))

/** Folders cannot be taken from a page. */
export const formats = (): FormatInfo[] =>
  EXPORTERS.filter(({ extensions: [first] }) => !isFolder(first!)).map(
    ({ extensions: [extension], description, requires = {} }) => ({
      extension: extension!,
      description,
      requires: requires as FormatInfo['requires'], // a target of the registry, by its name
    }),
  )

export async function verdict({ model }: Session, params: Methods['verdict']['params']): Promise<Verdict> {
  try {
    const { notes } = await tryFreezing(model, params.signature)
    return { notes: told(notes) }
  } catch (error) {
    return { refusal: failure(error), notes: told(model.notes) }
  }
}

export async function freezeModel(session: Session, params: FreezeParams, call: Call): Promise<FreezeResult> {
  const options = optionsOf('freeze', params)
  call.progress({ what: 'Freezing' })
  const model = await asked(session, params)
  const before = await freeze(model, options)
  const optimised =
    params.optimize || [params.passes, params.dtype, params.target].some(value => value !== undefined)
      ? await optimizeAs(before, params, call)
      : undefined
  const after = optimised?.frozen ?? before
  call.progress({ what: 'Comparing' })
  const marks = optimised ? differences(before.graph, after.graph) : { before: new Map(), after: new Map() }
  session.compare({ frozen: before, marks: marks.before }, { frozen: after, marks: marks.after })
  return {
    formats: takable(params),
    inputs: ports(after, 'inputs'),
    outputs: ports(after, 'outputs'),
    notes: told(after.notes),
    ...(await summaries(before, after, optimised?.report)),
    passes: optimised ? reports(optimised.report) : [],
    changes: {
      removed: count(marks.before, 'removed'),
      folded: count(marks.after, 'folded'),
      new: count(marks.after, 'new'),
    },
  }
}

/** The files for the frozen graph, without those that need other options; the one that is wanted is first. */
function takable(params: FreezeParams): FreezeResult['formats'] {
  const settings: Values = { ...settingsOf('freeze', params), ...optionsOf('optimize', params) }
  const isMet = ([option, needed]: [string, unknown]): boolean => settings[option as OptionName] === needed
  const all = formats().filter(({ requires }) => Object.entries(requires).every(isMet))
  const isWanted = ({ extension }: FormatInfo): boolean => extension === params.format
  return [...all.filter(isWanted), ...all.filter(format => !isWanted(format))]
}

/** The open model; one that is made from layers once more, where they are to be written in another way. */
async function asked(session: Session, params: FreezeParams): Promise<Model> {
  const { model } = session
  const { architecture, custom } = params
  const options: OpenOptions = {
    ...optionsOf('open', { ...params, architecture: undefined, custom: undefined }),
    ...(architecture && { architecture: fromBlob(architecture, architecture.name) }),
    ...(custom && { custom: await customLayers(custom) }),
  } as OpenOptions // what is left of the options is neither a file nor a module
  const isAsOpened = Object.keys(options).every(name => model.madeFrom === 'graph' && !GRAPH_OPTIONS.has(name))
  return isAsOpened ? model : session.openAgain(options)
}

/** Options of opening that matter to graphs, too. */
const GRAPH_OPTIONS: ReadonlySet<string> = new Set<OptionName>(['randomInit'])

async function optimizeAs(
  frozen: Frozen,
  { optimize: isOptimized, passes, dtype, target }: FreezeParams,
  call: Call,
): Promise<{ frozen: Frozen; report: OptimizeReport }> {
  const options = {
    ...(passes !== undefined ? { passes: parsePasses(passes) } : !isOptimized && { passes: [] }),
    ...(dtype !== undefined && { dtype }),
    ...(target !== undefined && { target: targetNamed(target) }),
    begins: (pass: string) => call.progress({ what: `Optimising: ${pass}` }),
  }
  return optimize(await readAhead(frozen, options), options)
}

const ports = (frozen: Frozen, side: 'inputs' | 'outputs'): FrozenPortInfo[] =>
  frozen[side].map(({ key, dtype, shape }, i) => {
    const { node, index } = frozen.graph[side][i]!.value
    return { key, tensor: `${node.name}:${index}`, type: typed(dtype, shape) }
  })

async function summaries(
  before: Frozen,
  after: Frozen,
  report: OptimizeReport | undefined,
): Promise<{ before: Summary; after: Summary }> {
  const first = short(report?.before ?? summarize(before.graph), await fileBytes(before))
  return {
    before: first,
    after: after === before ? first : short(report?.after ?? summarize(after.graph), await fileBytes(after)),
  }
}

/** The size of the `.pb`, which is known before it is written. */
async function fileBytes(frozen: Frozen): Promise<number | undefined> {
  const [file] = await exporterFor('frozen.pb').write(frozen)
  return file?.size
}

const short = ({ nodes, ops, constantBytes, multiplyAdds }: GraphSummary, bytes: number | undefined): Summary => ({
  ...(bytes !== undefined && { bytes }),
  nodes,
  kinds: ops.size,
  constantBytes,
  multiplyAdds,
})

/** Places of one pass that the page is told: it lists them all, and must not choke on them. */
const MAX_PLACES = 200

const reports = ({ passes }: OptimizeReport): PassReport[] =>
  passes.map(({ pass, applied, declined }) => ({
    pass,
    description: PASSES.find(p => p.name === pass)?.description ?? '',
    count: applied.length,
    applied: applied.slice(0, MAX_PLACES).map(({ rule, at, inFunction }) => ({
      rule,
      at: inFunction === undefined ? at : `${inFunction} › ${at}`,
    })),
    declined: declined.slice(0, MAX_PLACES).map(({ rule, at, reason }) => ({ rule, at, reason })),
  }))

const count = (marks: ReadonlyMap<string, Mark>, mark: Mark): number =>
  [...marks.values()].filter(m => m === mark).length

/** By name: what is only before was removed, what is only after is new, what is another op or another constant was folded. */
function differences(before: Graph, after: Graph): { before: Map<string, Mark>; after: Map<string, Mark> } {
  const marks = { before: new Map<string, Mark>(), after: new Map<string, Mark>() }
  for (const node of before.nodes) {
    const now = after.node(node.name)
    if (!now) marks.before.set(node.name, 'removed')
    else if (isOther(node, now)) {
      marks.before.set(node.name, 'folded')
      marks.after.set(node.name, 'folded')
    }
  }
  for (const node of after.nodes) if (!before.node(node.name)) marks.after.set(node.name, 'new')
  return marks
}

function isOther(node: Node, now: Node): boolean {
  if (node.op !== now.op) return true
  const [was, is] = [
    node.op === 'Const' ? node.out().tensor : undefined,
    now.op === 'Const' ? now.out().tensor : undefined,
  ]
  return was !== undefined && is !== undefined && !sameTensor(was, is)
}

/** Bytes after which the page hears how far it is. */
const STEP_BYTES = 1 << 20

/** Writes the frozen graph into a file that the user chose, or into a Blob. Stops, and leaves nothing, when it is cancelled. */
export async function write(session: Session, { name, handle }: WriteParams, call: Call): Promise<Written> {
  const [file, ...others] = await exporterFor(name).write(session.frozen('after')!.frozen)
  if (others.length > 0)
    throw new FreezeError('unsupported', `this output has ${others.length + 1} files`, {
      file: name,
      hint: 'Write it with the command line.',
    })
  const target = handle ? await handle.createWritable() : undefined
  const parts: Blob[] = []
  let bytes = 0
  let told = 0
  try {
    for await (const chunk of file!.chunks) {
      if (call.isCancelled()) throw new Error('cancelled')
      const own = new Uint8Array(chunk) // a Blob takes no memory that may be shared, as a chunk's type allows
      if (target) await target.write(own)
      else parts.push(new Blob([own]))
      bytes += chunk.length
      if (bytes - told >= STEP_BYTES) {
        told = bytes
        call.progress({ what: 'Writing', ...(file!.size !== undefined && { share: bytes / file!.size }) })
        await new Promise(resolve => setTimeout(resolve)) // lets a cancellation in
      }
    }
    await target?.close()
  } catch (error) {
    await target?.abort()
    throw error
  }
  return { bytes, ...(!target && { blob: new Blob(parts, { type: 'application/octet-stream' }) }) }
}
