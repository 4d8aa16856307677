/** Scenes, pictures and layouts: what is a box, what is inside it, and which edges are drawn. */

import { describe, expect, it } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { parse } from '../../src/graph/text/index.ts'
import { firstView } from '../../src/picture/first-view.ts'
import { layout } from '../../src/picture/layout.ts'
import { modelExplorer } from '../../src/picture/model-explorer.ts'
import type { Picture, PictureBox } from '../../src/picture/parts.ts'
import { picture } from '../../src/picture/picture.ts'
import { Scene, type SceneOptions } from '../../src/picture/scene.ts'
import { svg } from '../../src/picture/svg.ts'

/** A picture as text: boxes by depth with their badges, then edges. */
function told({ root }: Picture): string[] {
  const lines: string[] = []
  const visit = (box: PictureBox, indent: string): void => {
    for (const child of box.children) {
      const badges = child.badges.map(b => ` [${b.text}]`).join('')
      lines.push(
        `${indent}${child.isOpen ? '- ' : child.canOpen ? '+ ' : ''}${child.title}${child.subtitle ? ` (${child.subtitle})` : ''}${badges}`,
      )
      visit(child, `${indent}  `)
    }
    for (const edge of box.edges)
      lines.push(
        `${indent}${edge.from} ${edge.isControl ? '··>' : '-->'} ${edge.to}${edge.label ? ` ${edge.label}` : ''}`,
      )
  }
  visit(root, '')
  return lines
}

const draw = (text: string, open: readonly string[] = [], options: SceneOptions = {}): string[] =>
  told(picture(new Scene(parse(text), options), new Set(open)))

const SCOPES = `in x: float32[?,4]
a/w = Const float32[4,2] [1 2 3 4 5 6 7 8]
a/MatMul = MatMul(x, a/w)
a/inner/Relu = Relu(a/MatMul)
a/inner/Neg = Neg(a/inner/Relu)
b/Relu = Relu(a/inner/Neg) ^a/MatMul
out b/Relu`

const CALLS = `in x: float32[3]
call = PartitionedCall(x) {Tout: [float32], f: @__inference_square_12}
y = Neg(call)
out y

fn __inference_square_12(v: float32) {
  scope/Mul = Mul(v, v)
  out result=scope/Mul
}`

const BRANCHES = `in p: bool[]
in x: float32[2]
choice = StatelessIf(p, x) {Tout: [float32], else_branch: @no, then_branch: @yes}
out choice

fn no(v: float32) {
  Abs = Abs(v)
  out r=Abs
}

fn yes(v: float32) {
  Neg = Neg(v)
  out r=Neg
}`

describe('a picture', () => {
  const cases: readonly (readonly [string, string, readonly string[], SceneOptions, readonly string[]])[] = [
    [
      'closes scopes, folds constants, and takes a scope of one node for the node',
      SCOPES,
      [],
      {},
      [
        'Placeholder (x)',
        '+ a (MatMul, Relu, Neg) [[4,2] constant]',
        'Relu (b)',
        'x --> a/ float32[?,4]',
        'a/ --> b/Relu float32[?,2]',
      ],
    ],
    [
      'leads edges through the border of an open scope',
      SCOPES,
      ['a/'],
      {},
      [
        'Placeholder (x)',
        '- a (MatMul, Relu, Neg)',
        '  MatMul (MatMul) [[4,2] constant]',
        '  + inner (Relu, Neg)',
        '  a/MatMul --> a/inner/ float32[?,2]',
        '  in:x --> a/MatMul',
        '  a/MatMul ··> out:a/MatMul',
        '  a/inner/ --> out:a/inner/',
        'Relu (b)',
        'x --> a/ float32[?,4]',
        'a/ ··> b/Relu',
        'a/ --> b/Relu float32[?,2]',
      ],
    ],
    [
      'opens a call in place: edges run through its arguments and results',
      CALLS,
      ['call'],
      {},
      [
        'Placeholder (x)',
        '- square (call call)',
        '  Mul (scope)',
        '  in:x --> call|f|scope/Mul',
        '  call|f|scope/Mul --> out:call|f|scope/Mul',
        'Neg (y)',
        'x --> call float32[3]',
        'call --> y float32[3]',
      ],
    ],
    [
      'keeps calls closed where functions are looked at on their own',
      CALLS,
      ['call'],
      { inline: false },
      ['Placeholder (x)', 'square (call call)', 'Neg (y)', 'x --> call float32[3]', 'call --> y float32[3]'],
    ],
    [
      'shows branches as boxes in a box, with their arguments and results',
      BRANCHES,
      ['choice', 'choice|then_branch|'],
      {},
      [
        'Placeholder (p)',
        'Placeholder (x)',
        '- StatelessIf (choice)',
        '  - then_branch (2 nodes)',
        '    Argument (v)',
        '    Neg (Neg) [result r]',
        '    choice|then_branch|v --> choice|then_branch|Neg float32[2]',
        '  + else_branch (2 nodes)',
        'p --> choice bool[]',
        'x --> choice float32[2]',
      ],
    ],
  ]
  for (const [what, text, open, options, expected] of cases) {
    it(what, () => {
      const lines = draw(text, open, options)
      expect([...lines].sort()).toEqual([...expected].sort())
    })
  }

  it('says which boxes are public, wherever they are shown', () => {
    const scene = new Scene(parse(CALLS))
    const ports = [{ kind: 'output' as const, key: 'squared', id: 'call', index: 0 }]
    const badges = (open: string[]): string[] =>
      told(picture(scene, new Set(open), { ports })).filter(line => line.includes('['))
    expect(badges([])[0]).toBe('+ square (call call) [output squared]')
    expect(badges(['call'])[0]).toBe('  Mul (scope) [output squared]')
  })

  it('counts what changed in closed scopes', () => {
    const scene = new Scene(parse(SCOPES))
    const marks = new Map([
      ['a/MatMul', 'removed' as const],
      ['a/inner/Relu', 'new' as const],
    ])
    expect(told(picture(scene, new Set(), { marks }))[1]).toBe(
      '+ a (MatMul, Relu, Neg) [1 removed] [1 new] [[4,2] constant]',
    )
  })

  it('bundles edges between boxes that many run between', () => {
    const lines = [
      'in x: float32[2]',
      ...Array.from({ length: 6 }, (_, i) => `a/n${i} = Neg(x)`),
      ...Array.from({ length: 6 }, (_, i) => `b/n${i} = Abs(a/n${i})`),
      'out b/n0',
    ]
    const drawn = draw(lines.join('\n'), ['a/', 'b/'])
    expect(drawn).toContain('a/ --> b/ 6 tensors')
    expect(drawn.filter(line => line.startsWith('a/ -->'))).toHaveLength(1)
  })
})

describe('a scene', () => {
  /** Chains of any depth, flat or nested in scopes. */
  const chain = (count: number, name: (i: number) => string): Graph => {
    const graph = new Graph()
    let value = graph.add('Placeholder', [], { dtype: 'float32', shape: [1] }, 'x').out()
    for (let i = 0; i < count; i++) value = graph.add(i % 2 ? 'Neg' : 'Relu', [value], {}, name(i)).out()
    graph.outputs.push({ key: 'y', value })
    return graph
  }

  it('divides a crowded scope into runs, none crowded', () => {
    const scene = new Scene(chain(5000, i => `n${i}`))
    const crowded: string[] = []
    const stack = [...scene.children(scene.main.root)]
    let nodes = 0
    for (let box = stack.pop(); box; box = stack.pop()) {
      if (box.kind === 'node') nodes++
      if (scene.children(box).length > 120) crowded.push(box.id)
      expect(scene.box(box.id)).toBe(box)
      stack.push(...scene.children(box))
    }
    expect([nodes, crowded]).toEqual([5001, []])
    expect(scene.children(scene.main.root).length).toBeLessThanOrEqual(120)
  })

  /** Blocks of a convolution, a second one, and their sum, as Keras names them. */
  const blocks = (count: number, name: (block: number, part: string) => string): Graph => {
    const graph = new Graph()
    let value = graph.add('Placeholder', [], { dtype: 'float32', shape: [1] }, 'x').out()
    for (let i = 1; i <= count; i++) {
      const first = graph.add('Relu', [value], {}, name(i, 'expand')).out()
      const second = graph.add('Tanh', [first], {}, name(i, 'project')).out()
      value = graph.add('AddV2', [value, second], {}, name(i, 'add')).out()
    }
    graph.outputs.push({ key: 'y', value })
    return graph
  }
  const top = (graph: Graph): string[] => told(picture(new Scene(graph), new Set())).filter(l => !l.includes('-->'))

  it('groups boxes whose names begin alike, and calls them by what differs', () => {
    const graph = blocks(6, (i, part) => `block_${i}_${part}`)
    expect(top(graph)).toEqual(['Placeholder (x)', ...[1, 2, 3, 4, 5, 6].map(i => `+ block_${i} (Relu, Tanh, AddV2)`)])
    const opened = told(picture(new Scene(graph), new Set(['block_3*'])))
    expect(opened).toEqual(expect.arrayContaining(['  Relu (expand)', '  Tanh (project)', '  AddV2 (add)']))
  })

  it('groups by the words that tell stages apart, and blocks in them', () => {
    const graph = blocks(32, (i, part) => `conv${Math.ceil(i / 8) + 1}_block${i}_${part}`)
    expect(top(graph)).toEqual(['Placeholder (x)', ...[2, 3, 4, 5].map(i => `+ conv${i} (24 nodes)`)])
    const stage = told(picture(new Scene(graph), new Set(['conv2*'])))
    expect(stage).toContain('  + conv2_block3 (Relu, Tanh, AddV2)')
  })

  it('groups what lies between two joins where names say nothing, by the name of the join', () => {
    const graph = blocks(6, (i, part) => (part === 'add' ? `mixed${i}` : `${part}_${i}`))
    expect(top(graph)).toEqual(['Placeholder (x)', ...[1, 2, 3, 4, 5, 6].map(i => `+ mixed${i} (Relu, Tanh, AddV2)`)])
  })

  it('takes a number after a word that ends in one for a word of its own', () => {
    const part = { expand: '1_conv', project: '2_conv', add: 'out' }
    const graph = blocks(12, (i, name) => `conv2_block${i}_${part[name as keyof typeof part]}`)
    expect(top(graph)[1]).toBe('+ conv2_block1 (Relu, Tanh, AddV2)')
  })

  it('calls a group by all that its names begin with', () => {
    const graph = blocks(6, (i, part) => (i === 1 ? `expanded_conv_${part}` : `block_${i}_${part}`))
    expect(top(graph)[1]).toBe('+ expanded_conv (Relu, Tanh, AddV2)')
    expect(told(picture(new Scene(graph), new Set(['expanded_conv*'])))).toContain('  Relu (expand)')
  })

  it('takes what joins the parts of a stage into it, and leaves out a group that lies around others', () => {
    // Stages of two blocks; the sums after them are not called like them, and what makes each stage smaller is.
    const graph = new Graph()
    let value = graph.add('Placeholder', [], { dtype: 'float32', shape: [1] }, 'x').out()
    for (let stage = 0; stage < 4; stage++) {
      value = graph.add('AvgPool', [value], {}, `net_smaller_block_${stage}`).out()
      for (let block = 0; block < 2; block++) {
        const name = (part: string): string => `net_stage_${stage}_block_${block}_${part}`
        const first = graph.add('Relu', [value], {}, name('first')).out()
        const second = graph.add('Tanh', [first], {}, name('second')).out()
        const third = graph.add('Neg', [second], {}, name('third')).out()
        value = graph.add('AddV2', [value, third], {}, `add_${2 * stage + block}`).out()
      }
    }
    graph.outputs.push({ key: 'y', value })
    expect(top(graph)).toEqual([
      'Placeholder (x)',
      ...[0, 1, 2, 3].flatMap(i => [`AvgPool (net_smaller_block_${i})`, `+ net_stage_${i} (8 nodes)`]),
    ])
  })

  it('makes no group that reads what reads it', () => {
    // a_1 → b_1 → a_2 → b_2 …: all that begins with a would be in a circle with all that begins with b.
    const graph = chain(20, i => `${i % 2 ? 'a' : 'b'}_x_${i}y`)
    expect(top(graph).filter(line => line.startsWith('+'))).toEqual([])
  })

  it('of functions that call themselves ends', () => {
    const graph = parse(
      'in x: float32[]\nr = StatefulPartitionedCall(x) {Tout: [float32], f: @again}\nout r\n\nfn again(v: float32) {\n  r = StatefulPartitionedCall(v) {Tout: [float32], f: @again}\n  out r=r\n}',
    )
    const scene = new Scene(graph)
    const open = new Set<string>()
    let deepest = 'r'
    while (scene.box(deepest) && scene.children(scene.box(deepest)!).length > 0) {
      open.add(deepest)
      deepest = `${deepest}|f|r`
    }
    expect(open.size).toBe(32)
    expect(picture(scene, open).count).toBeGreaterThan(30)
  })

  it('is laid out however deep it is', () => {
    for (const graph of [
      chain(4000, i => `n${i}`),
      chain(48, i => `${'deep/'.repeat(i)}n`),
      chain(50_000, i => `s${i % 100}/t${i % 7}/n${i}`),
    ]) {
      const scene = new Scene(graph)
      const { boxes, width } = layout(picture(scene, firstView(scene)))
      expect(boxes.length).toBeGreaterThan(0)
      expect(boxes.length).toBeLessThanOrEqual(300)
      expect(width).toBeGreaterThan(100)
    }
  })
})

describe('a first view', () => {
  const opened = (text: string, options: SceneOptions = {}): string[] => [...firstView(new Scene(parse(text), options))]
  /** Scopes of these numbers of nodes, one after the other. */
  const scopes = (sizes: Readonly<Record<string, number>>): string => {
    const nodes = Object.entries(sizes).flatMap(([scope, size]) =>
      Array.from({ length: size }, (_, i) => `${scope}/n${i}`),
    )
    return [
      'in x: float32[2]',
      ...nodes.map((name, i) => `${name} = Neg(${nodes[i - 1] ?? 'x'})`),
      `out ${nodes.at(-1)}`,
    ].join('\n')
  }

  it('opens boxes beside each other all or not at all', () => {
    expect(opened(scopes({ a: 10, b: 10 }))).toEqual(['a/', 'b/'])
    expect(opened(scopes({ a: 12, b: 12, c: 12 }))).toEqual([])
  })

  it('opens a box that holds more than all others', () => {
    expect(opened(scopes({ a: 25, b: 11, c: 11 }))).toEqual(['a/'])
    expect(opened(CALLS)).toEqual(['call'])
  })

  it('leaves the layers of a Keras file closed, and opens models in it', () => {
    const layers = new Map([
      ['inner', 'Functional'],
      ['inner/a', 'Dense'],
      ['b', 'Dense'],
    ])
    expect(opened(scopes({ 'inner/a': 2, 'inner/c': 8, b: 2 }), { layers })).toEqual(['inner/', 'inner/c/'])
  })
})

describe('weights and layers', () => {
  it('has the shape of a variable that is handed to a function', () => {
    const drawn = draw(
      `in x: float32[?,4]
w = VarHandleOp() {dtype: float32, shape: [4,2]}
call = StatefulPartitionedCall(x, w) {Tout: [float32], f: @dense}
out call

fn dense(v: float32, handle: resource) {
  kernel = ReadVariableOp(handle) {dtype: float32}
  scope/MatMul = MatMul(v, kernel)
  out r=scope/MatMul
}`,
      ['call'],
    )
    expect(drawn).toContain('  MatMul (scope) [[4,2] variable]')
  })

  it('leaves out nodes that only wait for what all that wait for them read', () => {
    const text = (waiting: string): string => `in x: float32[2]
a = Neg(x)
join = NoOp() ^a
y = Identity(${waiting}) ^join
out y`
    expect(draw(text('a')).filter(line => line.startsWith('NoOp'))).toEqual([])
    expect(draw(text('x')).filter(line => line.startsWith('NoOp'))).toEqual(['NoOp (join)'])
  })

  it('calls a scope by its layer and that layer’s class', () => {
    const text = `in x: float32[2]
norm/batchnorm/mul = Mul(x, x)
norm/batchnorm/add = AddV2(norm/batchnorm/mul, x)
many/n0 = Neg(norm/batchnorm/add)
${Array.from({ length: 9 }, (_, i) => `many/n${i + 1} = Neg(many/n${i})`).join('\n')}
out many/n9`
    const layers = new Map([
      ['norm', 'BatchNormalization'],
      ['many', 'Functional'],
    ])
    const drawn = draw(text, [], { layers })
    expect(drawn).toContain('+ norm (BatchNormalization)')
    expect(drawn).toContain('+ many (Functional, 10 nodes)')
    expect(draw(text)).toContain('+ norm/batchnorm (Mul, AddV2)')
  })
})

describe('a layout', () => {
  it('puts boxes into the box around them, and none on another', () => {
    const scene = new Scene(parse(SCOPES))
    const { boxes, edges } = layout(picture(scene, new Set(['a/', 'a/inner/'])))
    const at = (id: string) => boxes.find(b => b.id === id)!
    const inside = (a: string, b: string): boolean =>
      at(a).x >= at(b).x &&
      at(a).y >= at(b).y &&
      at(a).x + at(a).width <= at(b).x + at(b).width &&
      at(a).y + at(a).height <= at(b).y + at(b).height
    expect(inside('a/MatMul', 'a/')).toBe(true)
    expect(inside('a/inner/', 'a/')).toBe(true)
    expect(inside('a/inner/Relu', 'a/inner/')).toBe(true)
    expect(at('a/MatMul').y + at('a/MatMul').height).toBeLessThanOrEqual(at('a/inner/').y)
    for (const { points } of edges) expect(points.length).toBeGreaterThanOrEqual(2)
  })

  it('is the same each time, and as a file needs nothing else', () => {
    const write = (): string => {
      const scene = new Scene(parse(BRANCHES))
      return svg(layout(picture(scene, new Set(['choice', 'choice|then_branch|']))), 'a <model> & "more"')
    }
    expect(write()).toBe(write())
    expect(write()).toContain('<title>a &lt;model&gt; &amp; "more"</title>'.replaceAll('"', '&quot;'))
    expect(write()).not.toMatch(/https?:\/\/(?!www\.w3\.org)/)
  })
})

describe('the collection for Model Explorer', () => {
  it('has a graph for the main graph and each function', () => {
    const { graphs } = modelExplorer(parse(CALLS), 'calls')
    expect(graphs.map(g => g.id)).toEqual(['main', '__inference_square_12'])
    expect(graphs[0]!.nodes.find(n => n.id === 'call')).toEqual({
      id: 'call',
      label: 'PartitionedCall',
      namespace: '',
      attrs: expect.arrayContaining([{ key: 'f', value: '@__inference_square_12' }]),
      incomingEdges: [{ sourceNodeId: 'x', sourceNodeOutputId: '0', targetNodeInputId: '0' }],
      outputsMetadata: [{ id: '0', attrs: [{ key: 'tensor_shape', value: 'float32[3]' }] }],
      subgraphIds: ['__inference_square_12'],
    })
    expect(graphs[1]!.nodes.find(n => n.id === 'scope/Mul')!.namespace).toBe('scope')
  })
})
