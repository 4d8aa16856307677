/** The edits that several steps of freezing and optimising share: readers, names, ports and control edges. */
import { describe, expect, it } from 'vitest'
import { bypass, insertAfter, moveReaders, replaceOp, splice, takePlace } from '../../src/graph/edit.ts'
import type { Graph } from '../../src/graph/graph.ts'
import type { Node } from '../../src/graph/node.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import { verify } from '../../src/graph/verify.ts'

const edited = (text: string, edit: (graph: Graph, node: (name: string) => Node) => void): string[] => {
  const graph = parse(text)
  edit(graph, name => graph.node(name)!)
  graph.prune()
  verify(graph)
  return print(graph).trim().split('\n')
}

describe('readers', () => {
  it('move with the outputs; the node that makes the new value goes on reading the old one', () => {
    const lines = edited('in x: float32[2]\ny = Neg(x)\nz = Abs(y)\nout y, z', (graph, node) => {
      moveReaders(graph, node('y').out(), graph.add('Exp', [node('y').out()], {}, 'e').out())
    })
    expect(lines).toEqual(['in x: float32[2]', 'y = Neg(x)', 'e = Exp(y)', 'z = Abs(e)', 'out y=e, z'])
  })

  it('read what is inserted after a value, which takes the public name', () => {
    const lines = edited('in x: float32[2]\ny = Neg(x)\nz = Abs(y)\nout y, z', (graph, node) => {
      insertAfter(graph, node('y').out(), value => graph.add('Exp', [value], {}, 'e').out())
    })
    expect(lines).toEqual(['in x: float32[2]', 'y_1 = Neg(x)', 'y = Exp(y_1)', 'z = Abs(y)', 'out y, z'])
  })
})

describe('a node that goes', () => {
  it('leaves what it waited for to what waited for it', () => {
    const lines = edited('in x: float32[2]\na = NoOp()\nb = NoOp() ^a\ny = Neg(x) ^b\nout y', (graph, node) => {
      splice(graph, node('b'))
    })
    expect(lines).toEqual(['in x: float32[2]', 'a = NoOp()', 'y = Neg(x) ^a', 'out y'])
  })

  it('leaves it to the readers as well, where they read another value instead', () => {
    const lines = edited('in x: float32[2]\na = NoOp()\ni = Identity(x) ^a\ny = Neg(i)\nout y', (graph, node) => {
      bypass(graph, node('i'), node('x').out())
    })
    expect(lines).toEqual(['in x: float32[2]', 'a = NoOp()', 'y = Neg(x) ^a', 'out y'])
  })

  it('gives its name and what waited for it to what takes its place', () => {
    const text = 'in x: float32[2]\na = NoOp()\nm = Neg(x) ^a\ny = Abs(m)\nz = Exp(x) ^m\nout y, z'
    const lines = edited(text, (graph, node) =>
      takePlace(graph, node('m'), [graph.add('Relu', [node('x').out()]).out()]),
    )
    expect(lines).toEqual([
      'in x: float32[2]',
      'm = Relu(x)',
      'y = Abs(m)',
      'a = NoOp()',
      'z = Exp(x) ^m ^a',
      'out y, z',
    ])
  })

  it('leaves one control edge, where its heir waits for the same', () => {
    const text = 'in x: float32[2]\na = NoOp()\nm = Neg(x) ^a\nz = Exp(x) ^m\nout z'
    const lines = edited(text, (graph, node) => replaceOp(graph, node('m'), 'Abs'))
    expect(lines).toEqual(['in x: float32[2]', 'a = NoOp()', 'm = Abs(x) ^a', 'z = Exp(x) ^m', 'out z'])
  })
})

describe('another op', () => {
  it('is an input and an output as the node was', () => {
    const lines = edited('p = PlaceholderV2() {dtype: float32, shape: [2]}\nin p=p\nout p', (graph, node) => {
      const made = replaceOp(graph, node('p'), 'Placeholder')
      expect(graph.isInput(made) && graph.isOutput(made)).toBe(true)
    })
    expect(lines).toEqual(['in p: float32[2]', 'out p'])
  })
})
