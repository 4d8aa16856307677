import { pass } from '../optimize/pass.ts'

/** Names as short as can be, except those of inputs and outputs. */
export const obfuscateNames = pass({
  name: 'obfuscate-names',
  description: 'Renames every node, except inputs and outputs, to a few letters.',
  aliases: ['obfuscate_names', 'obsfucate_names'], // the second as that tool's documentation has it
  enabled: false,
  run(graph, { report }) {
    const inner = [...graph.nodes].filter(node => !graph.isPublic(node))
    const taken = new Set([...graph.nodes].filter(node => graph.isPublic(node)).map(node => node.name))
    const names: string[] = []
    for (let i = 0; names.length < inner.length; i++) if (!taken.has(shortName(i))) names.push(shortName(i))
    for (const [i, node] of inner.entries()) {
      if (node.name === names[i]) continue
      report.apply(node.name)
      graph.rename(node, names[i]!) // as many as there are nodes; who has it gives way, and has its turn
    }
  },
})

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** a, b, …, z, aa, ab, … */
function shortName(index: number): string {
  let name = ''
  for (let i = index + 1; i > 0; i = Math.floor((i - 1) / 26)) name = LETTERS[(i - 1) % 26] + name
  return name
}
