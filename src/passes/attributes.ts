/** Passes over attributes, as the Graph Transform Tool had them. */
import { defaultAttr, sameAttr } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { pass } from '../optimize/pass.ts'

const ONLY_OP = { kind: 'string', default: '*', description: 'Only nodes of this op; * for all.' } as const

const nodesOf = (graph: Graph, op: string): Node[] => [...graph.nodes].filter(node => op === '*' || node.op === op)

/** Writes down every attribute that has its default: for readers that know no defaults. */
export const addDefaultAttributes = pass({
  name: 'add-default-attributes',
  description: 'Adds attributes that are missing because they have their default value.',
  aliases: ['add_default_attributes'],
  enabled: false,
  run(graph, { report }) {
    for (const node of graph.nodes) {
      const missing = (node.def?.attrs ?? []).filter(def => def.default !== undefined && !node.attrs.has(def.name))
      for (const def of missing) node.setAttr(def.name, defaultAttr(def)!) // has a default, as was asked
      if (missing.length > 0) report.apply(node.name)
    }
  },
})

/** Leaves out what has its default: for readers that are older than an attribute. */
export const stripDefaultAttributes = pass({
  name: 'strip-default-attributes',
  description: 'Removes attributes that have their default value.',
  aliases: ['strip_default_attributes'],
  enabled: false,
  run(graph, { report }) {
    for (const node of graph.nodes) {
      const equal = (node.def?.attrs ?? []).filter(def => {
        const [written, byDefault] = [node.attrs.get(def.name), defaultAttr(def)]
        return written && byDefault && sameAttr(written, byDefault)
      })
      for (const def of equal) node.deleteAttr(def.name)
      if (equal.length > 0) report.apply(node.name)
    }
  },
})

/** Takes an attribute away. */
export const removeAttribute = pass({
  name: 'remove-attribute',
  description: 'Removes an attribute from nodes.',
  aliases: ['remove_attribute'],
  enabled: false,
  options: {
    attribute_name: { kind: 'string', default: '', description: 'The attribute to remove.' },
    op_name: ONLY_OP,
  },
  run(graph, { options: { attribute_name: name, op_name: op }, report }) {
    for (const node of nodesOf(graph, op)) {
      if (!node.attrs.has(name)) continue
      if (node.def?.attrs.some(def => def.name === name && def.default === undefined)) {
        report.decline(node.name, `${node.op} has no default for ${name}`)
        continue
      }
      node.deleteAttr(name)
      report.apply(node.name)
    }
  },
})

/** Gives an attribute another name. */
export const renameAttribute = pass({
  name: 'rename-attribute',
  description: 'Renames an attribute of nodes.',
  aliases: ['rename_attribute'],
  enabled: false,
  options: {
    old_attribute_name: { kind: 'string', default: '', description: 'Current attribute name.' },
    new_attribute_name: { kind: 'string', default: '', description: 'New attribute name.' },
    op_name: ONLY_OP,
  },
  run(graph, { options, report }) {
    for (const node of nodesOf(graph, options.op_name)) {
      const value = node.attrs.get(options.old_attribute_name)
      if (!value || options.old_attribute_name === options.new_attribute_name) continue
      node.deleteAttr(options.old_attribute_name)
      node.setAttr(options.new_attribute_name, value)
      report.apply(node.name)
    }
  },
})
