import { FreezeError } from '../errors.ts'
import { Facts } from '../facts/facts.ts'
import { type PartialShape, shape as shapeAttr } from '../graph/attr.ts'
import type { Graph, Port } from '../graph/graph.ts'
import { pass } from '../optimize/pass.ts'
import { sizeOf } from '../options/text.ts'
import { dtypeNamed } from '../tensorflow/dtype.ts'

/**
 * Removes the nodes that no output needs, and the functions that nothing calls.
 *
 * The Graph Transform Tool has the types and shapes of inputs here, because its inputs become placeholders in this
 * step. Freezing knows the types, so they are checked; a shape is taken where none is known.
 */
export const stripUnused = pass({
  name: 'strip-unused',
  description: 'Removes the nodes that no output needs, and the functions that nothing calls.',
  aliases: ['strip_unused_nodes', 'strip_unused'],
  enabled: true,
  options: {
    type: { kind: 'string', default: '', description: 'Type that inputs must have whose shape is not known.' },
    shape: { kind: 'string', default: '', description: 'Shape of an input whose shape is not known: 1,224,224,3.' },
    name: { kind: 'names', default: [], description: 'An input that the next two options are for. Repeatable.' },
    type_for_name: { kind: 'names', default: [], description: 'Type that the named input must have. Repeatable.' },
    shape_for_name: { kind: 'names', default: [], description: 'Shape of the named input. Repeatable.' },
  },
  check: ({ name, type_for_name, shape_for_name }) =>
    [type_for_name, shape_for_name].some(list => list.length > name.length)
      ? 'each type_for_name and shape_for_name needs a name before it'
      : undefined,
  run(graph, { isMain, report, options }) {
    if (isMain) for (const asked of askedInputs(graph, options)) describe(asked)
    const before = [...graph.nodes]
    graph.prune()
    for (const node of before) if (!graph.nodes.has(node)) report.apply(node.name)
    if (isMain) graph.pruneFunctions()
  },
})

/** The options for one input. */
interface Asked {
  readonly port: Port
  readonly type: string
  readonly shape: string
}

interface InputOptions {
  readonly type: string
  readonly shape: string
  readonly name: readonly string[]
  readonly type_for_name: readonly string[]
  readonly shape_for_name: readonly string[]
}

function askedInputs(graph: Graph, { type, shape, name, type_for_name, shape_for_name }: InputOptions): Asked[] {
  const facts = new Facts(graph)
  const named = name.map((each, i): Asked => {
    const port = graph.inputs.find(({ key, value }) => key === each || value.node.name === each)
    if (port) return { port, type: type_for_name[i] ?? '', shape: shape_for_name[i] ?? '' }
    const inputs = graph.inputs.map(({ value }) => value.node.name).join(', ')
    throw wrong(`'${each}' is not an input`, `The inputs are ${inputs || 'none'}.`)
  })
  const open = graph.inputs.filter(port => !facts.shape(port.value) && !named.some(asked => asked.port === port))
  if (shape && open.length > 1)
    throw wrong(
      `the shapes of ${open.map(({ value }) => value.node.name).join(', ')} are not known, and one shape is given`,
      'Give each its own: name=image, shape_for_name="1,224,224,3".',
    )
  return [...named, ...open.map((port): Asked => ({ port, type, shape }))]
}

function describe({ port, type, shape }: Asked): void {
  const { node } = port.value
  const known = node.type('dtype')
  if (type && dtypeNamed(type) !== known)
    throw wrong(`the input ${node.name} is ${known}, not ${type}`, 'Leave the type out.')
  if (shape) node.setAttr('shape', shapeAttr(parsedShape(shape, node.name)))
}

/** `1,299,299,3` or `[1,299,299,3]`; −1 and ? are open. */
function parsedShape(text: string, input: string): PartialShape {
  const words = text.replace(/^\[|\]$/g, '').split(',')
  const dims = text.trim() === '' ? [] : words.map(word => sizeOf(word.trim()))
  if (dims.every(size => size !== undefined)) return dims
  throw wrong(`'${text}' is not a shape for ${input}`, 'Write sizes with commas: 1,224,224,3.')
}

const wrong = (what: string, hint: string): FreezeError =>
  new FreezeError('unsupported', what, { path: ['--passes', 'strip-unused'], hint })
