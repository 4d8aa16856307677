/** The graph as text; the notation is described in `index.ts`. */
import { type Attr, sameAttr } from '../attr.ts'
import { inOrder } from '../flow.ts'
import { derivedAttrs, type Graph, type GraphFunction, type Port, TODAYS_VERSIONS, type Versions } from '../graph.ts'
import type { Node } from '../node.ts'
import { printAttr, printAttrs } from './attrs.ts'
import { printShape, printTensor } from './tensors.ts'
import { quoteName } from './tokens.ts'

export interface PrintOptions {
  /** Elements of one tensor to write at most; a cut list ends in `…` and cannot be read back. All by default. */
  readonly elements?: number
}

/** The whole graph, its functions after it: what `parse` reads. */
export function print(graph: Graph, options: PrintOptions = {}): string {
  const functions = [...graph.functions.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  const main = [...printVersions(graph.versions), ...printInputs(graph, options), ...printBody(graph, options)]
  return [main.join('\n'), ...functions.map(f => printFunction(f, options))].join('\n\n')
}

function printVersions({ producer, minConsumer, badConsumers }: Versions): string[] {
  const today = TODAYS_VERSIONS
  if (producer === today.producer && minConsumer === today.minConsumer && badConsumers.length === 0) return []
  return [`versions ${producer} ${minConsumer}${badConsumers.map(v => ` ${v}`).join('')}`]
}

function printInputs(graph: Graph, options: PrintOptions): string[] {
  const formals = new Set(formalInputs(graph))
  return graph.inputs.map(port =>
    formals.has(port) ? `in ${printFormal(port, options)}` : `in ${quoteName(port.key)}=${printRef(port)}`,
  )
}

/** The inputs that an `in` line says all about: a placeholder, listed once, that waits for nothing. */
function formalInputs(graph: Graph): Port[] {
  const seen = new Set<Node>()
  return graph.inputs.filter(({ value: { node, index } }) => {
    const first = !seen.has(node)
    seen.add(node)
    const type = node.attrs.get('dtype')?.kind
    return (
      first && index === 0 && node.op === 'Placeholder' && type === 'type' && node.controls.size === 0 && !node.device
    )
  })
}

function printFormal({ key, value: { node } }: Port, { elements }: PrintOptions): string {
  const attrs = new Map(node.attrs)
  const shape = attrs.get('shape')
  attrs.delete('dtype')
  if (shape?.kind === 'shape') attrs.delete('shape')
  const name = key === node.name ? quoteName(key) : `${quoteName(key)}=${quoteName(node.name)}`
  const size = shape?.kind === 'shape' ? printShape(shape.value) : ''
  return `${name}: ${node.type('dtype')}${size}${spaced(printAttrs(attrs, node.op, elements))}`
}

/** Every node but the formal inputs, then the results. */
function printBody(graph: Graph, options: PrintOptions, arguments_ = formalInputs(graph)): string[] {
  const formals = new Set(arguments_.map(port => port.value.node))
  const order = inOrder([...graph.outputs.map(port => port.value.node), ...graph.nodes])
  const results = [
    ...graph.outputs.map(printResult),
    ...[...graph.controlOutputs].map(
      ([key, node]) => `^${quoteName(key)}${key === node.name ? '' : `=${quoteName(node.name)}`}`,
    ),
  ]
  return [
    ...order.filter(node => !formals.has(node)).map(node => printNode(node, options)),
    ...(results.length ? [`out ${results.join(', ')}`] : []),
  ]
}

function printResult(port: Port): string {
  const ref = printRef(port)
  const name = port.key === String(port.value) ? ref : `${quoteName(port.key)}=${ref}`
  return port.type ? `${name}: ${printAttr(port.type, 'type')}` : name
}

const printRef = ({ value: { node, index } }: Pick<Port, 'value'>): string =>
  index === 0 ? quoteName(node.name) : `${quoteName(node.name)}:${index}`

/** One node as its line. */
export function printNode(node: Node, { elements }: PrintOptions = {}): string {
  const controls = [...node.controls].map(c => ` ^${quoteName(c.name)}`).join('')
  const device = node.device && ` on ${JSON.stringify(node.device)}`
  return `${quoteName(node.name)} = ${constant(node, elements) ?? operation(node, elements)}${device}${controls}`
}

function operation(node: Node, elements: number | undefined): string {
  const inputs = node.inputs.map(value => printRef({ value })).join(', ')
  return `${quoteName(node.op)}(${inputs})${spaced(printAttrs(writtenAttrs(node), node.op, elements))}`
}

/** A Const in the short form, when its attributes agree. */
function constant(node: Node, elements: number | undefined): string | undefined {
  const value = node.attrs.get('value')
  const dtype = node.attrs.get('dtype')
  if (node.op !== 'Const' || node.inputs.length > 0 || value?.kind !== 'tensor') return undefined
  if (dtype?.kind !== 'type' || dtype.value !== value.value.dtype) return undefined
  const rest = new Map(node.attrs)
  rest.delete('value')
  rest.delete('dtype')
  return `Const ${printTensor(value.value, elements)}${spaced(printAttrs(rest, node.op, elements))}`
}

/** The attributes that do not follow from the inputs. */
function writtenAttrs(node: Node): ReadonlyMap<string, Attr> {
  const written = new Map(node.attrs)
  // One at a time, and each given what is left: two that explain each other must not both go.
  for (const name of [...written.keys()].sort()) {
    const attr = written.get(name)!
    if (attr.kind !== 'type' && attr.kind !== 'int' && attr.kind !== 'list') continue
    written.delete(name)
    const derived = derivedAttrs(node.op, node.inputs, written).get(name)
    if (!derived || !sameAttr(derived, attr)) written.set(name, attr)
  }
  return written
}

function printFunction(f: GraphFunction, options: PrintOptions): string {
  const formals = f.body.inputs.map(port => argument(port, options))
  const parameters = (f.parameters ?? []).map(
    p => `${quoteName(p.name)}: ${p.type}${p.default ? ` = ${printAttr(p.default)}` : ''}`,
  )
  const head = `${f.isStateful ? 'stateful ' : ''}fn ${quoteName(f.name)}${parameters.length ? `[${parameters.join(', ')}]` : ''}`
  const attrs = printAttrs(f.attrs, undefined, options.elements)
  const lines = [...(attrs ? [`attrs ${attrs}`] : []), ...printBody(f.body, options, f.body.inputs)]
  return [`${head}(${formals.join(', ')}) {`, ...lines.map(line => `  ${line}`), '}'].join('\n')
}

/** `name: dtype {attributes}`; the `_Arg` node has the argument's name. */
function argument({ value: { node } }: Port, { elements }: PrintOptions): string {
  const attrs = new Map(node.attrs)
  const type = attrs.get('T') ?? { kind: 'nothing' as const }
  attrs.delete('T')
  attrs.delete('index')
  return `${quoteName(node.name)}: ${printAttr(type, 'type')}${spaced(printAttrs(attrs, node.op, elements))}`
}

const spaced = (text: string): string => text && ` ${text}`
