/** Passes that give nodes other names or ops, as the caller says. */
import { replaceOp } from '../graph/edit.ts'
import { pass } from '../optimize/pass.ts'

/** Gives one node another name. */
export const renameNode = pass({
  name: 'rename-node',
  description: 'Renames a node.',
  aliases: ['rename_node'],
  enabled: false,
  inFunctions: false,
  options: {
    old_node_name: { kind: 'string', default: '', description: 'Current name of the node.' },
    new_node_name: { kind: 'string', default: '', description: 'New node name.' },
  },
  run(graph, { options: { old_node_name: before, new_node_name: after }, report }) {
    const node = graph.node(before)
    if (!node) return
    if (graph.node(after)) report.decline(before, `a node is already called '${after}'`)
    else {
      graph.rename(node, after)
      report.apply(before)
    }
  },
})

/** Gives nodes of one op another: the caller knows that they are the same. */
export const renameOp = pass({
  name: 'rename-op',
  description: 'Changes the op of all nodes that have a given op.',
  aliases: ['rename_op'],
  enabled: false,
  options: {
    old_op_name: { kind: 'string', default: '', description: 'Current op name.' },
    new_op_name: { kind: 'string', default: '', description: 'New op name.' },
  },
  run(graph, { options: { old_op_name: before, new_op_name: after }, report }) {
    if (before === after) return
    for (const node of [...graph.nodes]) if (node.op === before) report.apply(replaceOp(graph, node, after).name)
  },
})
