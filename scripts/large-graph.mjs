// A GraphDef of as many nodes as asked for, in blocks of scopes as networks have them: for the page's tests and figures.
const encoder = new TextEncoder()

/** A varint of a small number. */
function varint(value) {
  const bytes = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return [...bytes, rest]
}
const field = (number, bytes) => [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes]
const text = (number, value) => field(number, encoder.encode(value))
const FLOAT = 1
/** An entry of `attr`: a type, or a shape of one dimension. */
const typeAttr = name => field(5, [...text(1, name), ...field(2, [6 * 8, FLOAT])])
const shapeAttr = name => field(5, [...text(1, name), ...field(2, field(7, field(2, [8, 8])))])

/** The bytes of a graph of `count` nodes: a placeholder, then blocks of ten nodes that each read the one before. */
export function largeGraph(count) {
  const parts = [field(1, [...text(1, 'x'), ...text(2, 'Placeholder'), ...typeAttr('dtype'), ...shapeAttr('shape')])]
  let before = 'x'
  for (let i = 1; i < count; i++) {
    const block = Math.floor(i / 10)
    const name = `stage_${Math.floor(block / 250)}/unit_${Math.floor(block / 10)}/block_${block}/${i % 10 === 3 ? 'branch/' : ''}node_${i}`
    const op = ['Relu', 'Tanh', 'Neg', 'Abs', 'Sigmoid'][i % 5]
    parts.push(field(1, [...text(1, name), ...text(2, op), ...text(3, before), ...typeAttr('T')]))
    if (i % 10 !== 3) before = name
  }
  parts.push(field(4, [8, ...varint(1882)]))
  return Uint8Array.from(parts.flat())
}
