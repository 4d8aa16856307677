/** Passes over attributes, as the Graph Transform Tool had them. */
import { defaultAttr, sameAttr } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { pass, ReportBuilder } from './pass.ts'

const ONLY_OP = { kind: 'string', default: '*', sentence: 'The op whose nodes are meant; * for all.' } as const

const nodesOf = (graph: Graph, op: string): Node[] => [...graph.nodes].filter(node => op === '*' || node.op === op)

/** Writes down every attribute that has its default: for readers that know no defaults. */
export const addDefaultAttributes = pass({
  name: 'add-default-attributes',
  sentence: 'Writes down attributes that are left out because they have their default.',
  aliases: ['add_default_attributes'],
  on: false,
  run(graph) {
    const report = new ReportBuilder('add-default-attributes')
    for (const node of graph.nodes) {
      const missing = (node.def?.attrs ?? []).filter(def => def.default !== undefined && !node.attrs.has(def.name))
      for (const def of missing) node.setAttr(def.name, defaultAttr(def)!) // has a default, as was asked
      if (missing.length > 0) report.apply(node.name)
    }
    return report
  },
})

/** Leaves out what has its default: for readers that are older than an attribute. */
export const stripDefaultAttributes = pass({
  name: 'strip-default-attributes',
  sentence: 'Leaves out attributes that have their default.',
  aliases: ['strip_default_attributes'],
  on: false,
  run(graph) {
    const report = new ReportBuilder('strip-default-attributes')
    for (const node of graph.nodes) {
      const equal = (node.def?.attrs ?? []).filter(def => {
        const [written, byDefault] = [node.attrs.get(def.name), defaultAttr(def)]
        return written && byDefault && sameAttr(written, byDefault)
      })
      for (const def of equal) node.deleteAttr(def.name)
      if (equal.length > 0) report.apply(node.name)
    }
    return report
  },
})

/** Takes an attribute away. */
export const removeAttribute = pass({
  name: 'remove-attribute',
  sentence: 'Removes an attribute.',
  aliases: ['remove_attribute'],
  on: false,
  options: {
    attribute_name: { kind: 'string', default: '', sentence: 'The attribute to remove.' },
    op_name: ONLY_OP,
  },
  run(graph, { options: { attribute_name: name, op_name: op } }) {
    const report = new ReportBuilder('remove-attribute')
    for (const node of nodesOf(graph, op)) {
      if (!node.attrs.has(name)) continue
      if (node.def?.attrs.some(def => def.name === name && def.default === undefined)) {
        report.decline(node.name, `${node.op} has no default for ${name}`)
        continue
      }
      node.deleteAttr(name)
      report.apply(node.name)
    }
    return report
  },
})

/** Gives an attribute another name. */
export const renameAttribute = pass({
  name: 'rename-attribute',
  sentence: 'Renames an attribute.',
  aliases: ['rename_attribute'],
  on: false,
  options: {
    old_attribute_name: { kind: 'string', default: '', sentence: 'The attribute as it is called.' },
    new_attribute_name: { kind: 'string', default: '', sentence: 'What it shall be called.' },
    op_name: ONLY_OP,
  },
  run(graph, { options }) {
    const report = new ReportBuilder('rename-attribute')
    for (const node of nodesOf(graph, options.op_name)) {
      const value = node.attrs.get(options.old_attribute_name)
      if (!value || options.old_attribute_name === options.new_attribute_name) continue
      node.deleteAttr(options.old_attribute_name)
      node.setAttr(options.new_attribute_name, value)
      report.apply(node.name)
    }
    return report
  },
})

/** Places nodes. */
export const setDevice = pass({
  name: 'set-device',
  sentence: 'Places all nodes, or those without a place, on a device.',
  aliases: ['set_device'],
  on: false,
  options: {
    device: { kind: 'string', default: '', sentence: 'The device, as in /device:CPU:0.' },
    if_default: { kind: 'boolean', default: false, sentence: 'Whether nodes that have a device keep it.' },
  },
  run(graph, { options: { device, if_default } }) {
    const report = new ReportBuilder('set-device')
    for (const node of graph.nodes) {
      if (node.device === device || (if_default && node.device !== '')) continue
      node.device = device
      report.apply(node.name)
    }
    return report
  },
})
