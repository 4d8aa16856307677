/** Passes over names and ops, as the Graph Transform Tool had them. */

import { replaceOp } from '../graph/edit.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { any, op } from '../rewrite/pattern.ts'
import { rule } from '../rewrite/rule.ts'
import { DATAFLOW_CONTROL } from '../tensorflow/roles.ts'
import { pass, ReportBuilder, rulePass } from './pass.ts'

/** Names as short as can be, except those of inputs and outputs. */
export const obfuscateNames = pass({
  name: 'obfuscate-names',
  sentence: 'Gives every node but inputs and outputs a name of a few letters.',
  aliases: ['obfuscate_names', 'obsfucate_names'], // the second as that tool's documentation has it
  on: false,
  run(graph) {
    const report = new ReportBuilder('obfuscate-names')
    const inner = [...graph.nodes].filter(node => !graph.isPublic(node))
    const taken = new Set([...graph.nodes].filter(node => graph.isPublic(node)).map(node => node.name))
    const names: string[] = []
    for (let i = 0; names.length < inner.length; i++) if (!taken.has(shortName(i))) names.push(shortName(i))
    for (const [i, node] of inner.entries()) {
      if (node.name === names[i]) continue
      report.apply(node.name)
      graph.rename(node, names[i]!) // as many as there are nodes; who has it gives way, and has its turn
    }
    return report
  },
})

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** a, b, …, z, aa, ab, … */
function shortName(index: number): string {
  let name = ''
  for (let i = index + 1; i > 0; i = Math.floor((i - 1) / 26)) name = LETTERS[(i - 1) % 26] + name
  return name
}

/** Gives one node another name. */
export const renameNode = pass({
  name: 'rename-node',
  sentence: 'Renames a node.',
  aliases: ['rename_node'],
  on: false,
  inFunctions: false,
  options: {
    old_node_name: { kind: 'string', default: '', sentence: 'The node as it is called.' },
    new_node_name: { kind: 'string', default: '', sentence: 'What it shall be called.' },
  },
  run(graph, { options: { old_node_name: before, new_node_name: after } }) {
    const report = new ReportBuilder('rename-node')
    const node = graph.node(before)
    if (!node) return report
    if (graph.node(after)) report.decline(before, `there is a node '${after}' already`)
    else {
      graph.rename(node, after)
      report.apply(before)
    }
    return report
  },
})

/** Gives nodes of one op another: the caller knows that they are the same. */
export const renameOp = pass({
  name: 'rename-op',
  sentence: 'Makes all nodes of one op nodes of another.',
  aliases: ['rename_op'],
  on: false,
  options: {
    old_op_name: { kind: 'string', default: '', sentence: 'The op as it is.' },
    new_op_name: { kind: 'string', default: '', sentence: 'The op that it shall be.' },
  },
  run(graph, { options: { old_op_name: before, new_op_name: after } }) {
    const report = new ReportBuilder('rename-op')
    if (before === after) return report
    for (const node of [...graph.nodes]) if (node.op === before) report.apply(replaceOp(graph, node, after).name)
    return report
  },
})

/** op(x) → x, for ops that the caller names. */
export const removeNodes = rulePass({
  name: 'remove-nodes',
  sentence: 'Removes the nodes of the given ops, of one input each: what reads them reads the input.',
  aliases: ['remove_nodes'],
  on: false,
  options: { op: { kind: 'names', default: [], sentence: 'An op to remove. May be given several times.' } },
  rules: ({ op: ops }) =>
    ops.length === 0 ? [] : [rule({ name: 'remove-nodes', find: op(ops, [any('x')]), replace: ({ x }) => x })],
})

/**
 * Prints what nodes compute. For looking into a graph, and for measuring ranges
 * (`freeze-requantization-ranges`); no optimisation. A line is the same as that of
 * the Graph Transform Tool: `;Op;;name__print__;` and the message, then the values.
 * Source: tensorflow/tools/graph_transforms/insert_logging.cc.
 */
export const insertLogging = pass({
  name: 'insert-logging',
  sentence: 'Inserts Print nodes after nodes, all or those of the given ops and names.',
  aliases: ['insert_logging'],
  on: false,
  options: {
    op: {
      kind: 'names',
      default: [],
      sentence: 'An op whose results are printed; all where none is given. May be given several times.',
    },
    prefix: {
      kind: 'names',
      default: [],
      sentence: 'The beginning of names of nodes that are printed. May be given several times.',
    },
    message: { kind: 'string', default: '', sentence: 'What is printed before the values.' },
    show_op: { kind: 'boolean', default: false, sentence: 'Whether the op is printed.' },
    show_name: { kind: 'boolean', default: false, sentence: 'Whether the name is printed.' },
    first_n: { kind: 'number', default: -1, sentence: 'How often at most; -1 always.' },
    summarize: { kind: 'number', default: 1024, sentence: 'How many elements are printed.' },
  },
  run(graph, { options }) {
    const report = new ReportBuilder('insert-logging')
    for (const node of [...graph.nodes]) {
      if (!isMeant(node, options) || !isPrintable(graph, node)) continue
      const other = graph.outputs.find(port => port.value.node === node && port.value.index > 0)
      if (other) {
        report.decline(node.name, `${other.value} is an output, which the name belongs to`)
        continue
      }
      const name = `${node.name}__print__`
      const shown = `${options.show_op ? `;${node.op};` : ''}${options.show_name ? `;${name};` : ''}`
      const attrs = { message: `${shown}${options.message}`, first_n: options.first_n, summarize: options.summarize }
      const values = node.outputs.filter(value => value && (value.index === 0 || value.uses.size > 0)) as Value[]
      report.apply(node.name)
      graph.replace(node.out(), graph.add('Print', [node.out(), ...values], attrs, name).out())
    }
    return report
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

/** ConcatV2(…, axis) → Concat(axis, …), for readers from before 2017. */
export const backportConcatV2 = pass({
  name: 'backport-concatv2',
  sentence: 'Writes ConcatV2 as Concat, whose axis comes first.',
  aliases: ['backport_concatv2'],
  on: false,
  run(graph) {
    const report = new ReportBuilder('backport-concatv2')
    for (const node of [...graph.nodes]) {
      if (node.op !== 'ConcatV2') continue
      const axis = node.inputs.at(-1)!
      if (axis.dtype !== 'int32') {
        report.decline(node.name, `the axis is ${axis.dtype}, and Concat takes int32`)
        continue
      }
      const attrs = new Map(node.attrs)
      attrs.delete('Tidx')
      report.apply(replaceOp(graph, node, 'Concat', { inputs: [axis, ...node.inputs.slice(0, -1)], attrs }).name)
    }
    return report
  },
})
