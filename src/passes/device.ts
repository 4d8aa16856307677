import { pass } from '../optimize/pass.ts'

/** Where nodes were placed, and which should be placed together: a frozen graph runs wherever it is loaded. */
export const removeDevice = pass({
  name: 'remove-device',
  description: 'Removes device placements and colocation.',
  aliases: ['remove_device'],
  enabled: true,
  run(graph, { report }) {
    for (const node of graph.nodes) {
      if (!node.device && !node.attrs.has('_class')) continue
      node.device = ''
      node.deleteAttr('_class')
      report.apply(node.name)
    }
  },
})

/** Places nodes. */
export const setDevice = pass({
  name: 'set-device',
  description: 'Sets the device of all nodes, or of those that have none.',
  aliases: ['set_device'],
  enabled: false,
  options: {
    device: { kind: 'string', default: '', description: 'Device name, for example /device:CPU:0.' },
    if_default: { kind: 'boolean', default: false, description: 'Keep the device of nodes that have one.' },
  },
  run(graph, { options: { device, if_default }, report }) {
    for (const node of graph.nodes) {
      if (node.device === device || (if_default && node.device !== '')) continue
      node.device = device
      report.apply(node.name)
    }
  },
})
