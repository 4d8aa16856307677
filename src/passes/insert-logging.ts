import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { pass } from '../optimize/pass.ts'
import { DATAFLOW_CONTROL } from '../tensorflow/roles.ts'

/**
 * Prints what nodes compute. For looking into a graph, and for measuring ranges
 * (`freeze-requantization-ranges`); no optimisation. A line is the same as that of
 * the Graph Transform Tool: `;Op;;name__print__;` and the message, then the values.
 * Source: tensorflow/tools/graph_transforms/insert_logging.cc.
 */
export const insertLogging = pass({
  name: 'insert-logging',
  description: 'Adds Print nodes after all nodes, or after nodes of the given ops and names.',
  aliases: ['insert_logging'],
  enabled: false,
  options: {
    op: {
      kind: 'names',
      default: [],
      description: 'Print the results of this op; of all ops if not given. May be given several times.',
    },
    prefix: {
      kind: 'names',
      default: [],
      description: 'Print nodes whose names begin so. May be given several times.',
    },
    message: { kind: 'string', default: '', description: 'Text to print before the values.' },
    show_op: { kind: 'boolean', default: false, description: 'Print the op too.' },
    show_name: { kind: 'boolean', default: false, description: 'Print the name too.' },
    first_n: { kind: 'number', default: -1, description: 'Print only the first runs, this many; -1 for all.' },
    summarize: { kind: 'number', default: 1024, description: 'Number of elements to print.' },
  },
  run(graph, { options, report }) {
    for (const node of [...graph.nodes]) {
      if (!isMeant(node, options) || !isPrintable(graph, node)) continue
      const other = graph.outputs.find(port => port.value.node === node && port.value.index > 0)
      if (other) {
        report.decline(node.name, `${other.value} is an output, which must keep the name`)
        continue
      }
      const name = `${node.name}__print__`
      const shown = `${options.show_op ? `;${node.op};` : ''}${options.show_name ? `;${name};` : ''}`
      const attrs = { message: `${shown}${options.message}`, first_n: options.first_n, summarize: options.summarize }
      const values = node.outputs.filter(value => value && (value.index === 0 || value.uses.size > 0)) as Value[]
      report.apply(node.name)
      graph.replace(node.out(), graph.add('Print', [node.out(), ...values], attrs, name).out())
    }
  },
})

/** Ops and prefixes both narrow what is meant, where any are given. Constants are not computed: other ops look at them. */
function isMeant(node: Node, { op, prefix }: { readonly op: readonly string[]; readonly prefix: readonly string[] }) {
  const hasPrefix = prefix.length === 0 || prefix.some(start => node.name.startsWith(start))
  return hasPrefix && (op.length === 0 ? node.op !== 'Const' : op.includes(node.op))
}

/** Whether the node has values that Print takes, and is not printed yet. Ends of branches and loops must stay what they are. */
function isPrintable(graph: Graph, node: Node): boolean {
  if (node.op === 'Print' || graph.isInput(node) || !node.outputTypes?.length) return false
  if (node.def?.outputs.some(arg => arg.isRef) || node.is(...DATAFLOW_CONTROL, 'formal')) return false
  const isOpaque = node.outputTypes.some(dtype => dtype === 'resource' || dtype === 'variant')
  const value = node.out()
  const isRead = value.uses.size > 0 || graph.outputs.some(port => port.value === value)
  return isRead && !isOpaque && ![...value.uses.keys()].some(reader => reader.op === 'Print')
}
