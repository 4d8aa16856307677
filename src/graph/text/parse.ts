/** Text as a graph; the notation is described in `index.ts`. */
import type { ByteSource } from '../../bytes/source.ts'
import type { Attr } from '../attr.ts'
import { inOrder } from '../flow.ts'
import { derivedAttrs, Graph, type GraphFunction, type Parameter, type Port } from '../graph.ts'
import type { Node, Value } from '../node.ts'
import { parseAttr, parseAttrs } from './attrs.ts'
import { parseDType, parseShape, parseTensor, type TensorContext } from './tensors.ts'
import { Tokens } from './tokens.ts'

/**
 * Reads the notation. `sources` are the byte sources that `name@offset` may
 * name. A line may refer to nodes below it (loops do). Throws a SyntaxError that
 * names the line.
 */
export function parse(text: string, sources: Readonly<Record<string, ByteSource>> = {}): Graph {
  const graph = new Graph()
  const main = new Section(graph, { sources })
  let section = main
  let close: (() => void) | undefined
  for (const [i, line] of text.split('\n').entries()) {
    const tokens = new Tokens(line.trimStart().startsWith('#') ? '' : line, i + 1)
    if (tokens.done) continue
    if (close && tokens.accept('}')) {
      tokens.end()
      section.finish()
      close()
      section = main
      close = undefined
    } else if (isFunctionHead(tokens)) {
      if (close) tokens.fail('a function cannot stand inside another: a `}` is missing above')
      const f = parseFunctionHead(tokens, graph, { sources })
      section = f.section
      close = f.close
    } else section.read(tokens)
  }
  if (close) throw new SyntaxError(`line ${text.split('\n').length}: the last function has no closing '}'`)
  main.finish()
  return graph
}

const isFunctionHead = (tokens: Tokens): boolean =>
  !tokens.at('=', 1) && (tokens.at('fn') || (tokens.at('stateful') && tokens.at('fn', 1)))

/** `[stateful] fn name[T: type](a: float32 {…}, b: $T) {` */
function parseFunctionHead(tokens: Tokens, graph: Graph, context: TensorContext): { section: Section; close(): void } {
  const isStateful = tokens.accept('stateful')
  tokens.expect('fn')
  const name = tokens.name('a function')
  if (graph.functions.has(name)) tokens.fail(`there is a function '${name}' already`)
  const parameters = tokens.accept('[') ? tokens.list(']', () => parseParameter(tokens, context)) : []
  const body = new Graph(graph.functions, graph.versions)
  const section = new Section(body, context)
  tokens.expect('(')
  tokens.list(')', () => section.argument(tokens))
  tokens.expect('{')
  tokens.end()
  const f: GraphFunction = { name, body, attrs: section.attrs, isStateful, ...(parameters.length && { parameters }) }
  return { section, close: () => graph.functions.set(name, f) }
}

function parseParameter(tokens: Tokens, context: TensorContext): Parameter {
  const name = tokens.name('a parameter')
  tokens.expect(':')
  let type = tokens.word('a kind')
  if (tokens.accept('(')) {
    type += `(${tokens.word('a kind')})`
    tokens.expect(')')
  }
  return { name, type, ...(tokens.accept('=') && { default: parseAttr(tokens, context, undefined) }) }
}

/** `name`, `name:1`: resolved when the whole section is known. */
interface Reference {
  readonly name: string
  readonly index: number
  readonly line: number
}

/** The lines of the main graph, or of one function. */
class Section {
  /** The function's own attributes: its `attrs` line. */
  readonly attrs = new Map<string, Attr>()
  readonly #graph: Graph
  readonly #context: TensorContext
  readonly #wiring: { readonly node: Node; readonly inputs: Reference[]; readonly controls: Reference[] }[] = []
  /** References to nodes of the whole section, resolved once all nodes are there. */
  readonly #later: (() => void)[] = []

  constructor(graph: Graph, context: TensorContext) {
    this.#graph = graph
    this.#context = context
  }

  read(tokens: Tokens): void {
    if (tokens.at('=', 1)) this.#node(tokens)
    else if (tokens.accept('in')) this.#input(tokens)
    else if (tokens.accept('out')) this.#outputs(tokens)
    else if (tokens.accept('attrs')) for (const [k, v] of parseAttrs(tokens, this.#context)) this.attrs.set(k, v)
    else if (tokens.accept('versions')) this.#versions(tokens)
    else tokens.fail('expected `name = Op(…)`, `in`, `out`, `fn`, `attrs` or `versions`')
    tokens.end()
  }

  /** Wires what was read. */
  finish(): void {
    for (const { node, inputs, controls } of this.#wiring) {
      for (const input of inputs) node.addInput(this.#value(input))
      for (const control of controls) node.addControl(this.#value(control).node)
    }
    for (const node of inOrder(this.#graph.nodes)) {
      for (const [name, attr] of derivedAttrs(node.op, node.inputs, node.attrs)) node.setAttr(name, attr)
    }
    for (const resolve of this.#later) resolve()
  }

  /** `name: dtype {…}` of a function. */
  argument(tokens: Tokens): void {
    const name = this.#newName(tokens)
    tokens.expect(':')
    const type = parseAttr(tokens, this.#context, 'type')
    const own = parseAttrs(tokens, this.#context, '_Arg')
    const index: Attr = { kind: 'int', value: this.#graph.inputs.length }
    const node = this.#graph.addNode('_Arg', [], new Map([['T', type], ['index', index], ...own]), name)
    this.#graph.inputs.push({ key: name, value: node.out() })
  }

  #newName(tokens: Tokens): string {
    const name = tokens.name()
    if (this.#graph.node(name)) tokens.fail(`there is a node '${name}' already`)
    return name
  }

  /** `in x: float32[?,8] {…}`, `in key=x: …`, or `in key=node:1` for a node that has its own line. */
  #input(tokens: Tokens): void {
    const key = tokens.name('an input')
    const isKeyed = tokens.accept('=')
    if (isKeyed && (!tokens.at(':', 1) || isIndex(tokens.peek(2).text))) {
      const port: Port = { key, value: undefined as unknown as Value } // set by `finish`, before anyone sees it
      this.#graph.inputs.push(port)
      const at = this.#reference(tokens)
      this.#later.push(() => {
        port.value = this.#value(at)
      })
      return
    }
    const name = isKeyed ? this.#newName(tokens) : key
    if (this.#graph.node(name)) tokens.fail(`there is a node '${name}' already`)
    tokens.expect(':')
    const attrs = new Map<string, Attr>([['dtype', { kind: 'type', value: parseDType(tokens) }]])
    if (tokens.at('[') || tokens.at('?')) attrs.set('shape', { kind: 'shape', value: parseShape(tokens) })
    for (const [k, v] of parseAttrs(tokens, this.#context, 'Placeholder')) attrs.set(k, v)
    this.#graph.inputs.push({ key, value: this.#graph.addNode('Placeholder', [], attrs, name).out() })
  }

  /** `out y, key=z:1, ^init, ^key=init`; a `: type` after a result declares it. */
  #outputs(tokens: Tokens): void {
    do {
      if (tokens.accept('^')) this.#controlOutput(tokens)
      else this.#output(tokens)
    } while (tokens.accept(','))
  }

  #output(tokens: Tokens): void {
    const isKeyed = tokens.at('=', 1)
    const key = isKeyed ? tokens.name('a key') : undefined
    if (isKeyed) tokens.expect('=')
    const start = this.#reference(tokens)
    const type = tokens.accept(':') ? parseAttr(tokens, this.#context, 'type') : undefined
    this.#later.push(() => {
      const value = this.#value(start)
      this.#graph.outputs.push({ key: key ?? String(value), value, ...(type && { type }) })
    })
  }

  #controlOutput(tokens: Tokens): void {
    const key = tokens.name('a node')
    const at: Reference = { name: tokens.accept('=') ? tokens.name('a node') : key, index: 0, line: tokens.line }
    this.#later.push(() => this.#graph.controlOutputs.set(key, this.#value(at).node))
  }

  #versions(tokens: Tokens): void {
    const numbers: number[] = []
    while (!tokens.done) {
      const word = tokens.word('a version')
      numbers.push(/^\d+$/.test(word) ? Number(word) : tokens.fail(`'${word}' is not a version`))
    }
    const [producer = 0, minConsumer = 0, ...badConsumers] = numbers
    this.#graph.versions = { producer, minConsumer, badConsumers }
  }

  /** `name = Op(a, b:1) {…} on "device" ^c`, or `name = Const float32[2] [1 2]`. */
  #node(tokens: Tokens): void {
    const name = this.#newName(tokens)
    tokens.expect('=')
    const op = tokens.name('an op')
    let inputs: Reference[] = []
    let attrs: Map<string, Attr>
    if (tokens.accept('(')) {
      inputs = tokens.list(')', () => this.#reference(tokens))
      attrs = parseAttrs(tokens, this.#context, op)
    } else if (op === 'Const') {
      const value = parseTensor(tokens, this.#context)
      attrs = new Map<string, Attr>([
        ['dtype', { kind: 'type', value: value.dtype }],
        ['value', { kind: 'tensor', value }],
      ])
      for (const [k, v] of parseAttrs(tokens, this.#context, op)) attrs.set(k, v)
    } else tokens.fail(`expected '(' after ${op}, found '${tokens.peek().text}'`)
    const node = this.#graph.addNode(op, [], attrs, name)
    if (tokens.accept('on')) node.device = tokens.string()
    const controls: Reference[] = []
    while (tokens.accept('^')) controls.push({ name: tokens.name('a node'), index: 0, line: tokens.line })
    this.#wiring.push({ node, inputs, controls })
  }

  #reference(tokens: Tokens): Reference {
    const name = tokens.name('a node')
    const hasIndex = tokens.at(':') && isIndex(tokens.peek(1).text)
    if (hasIndex) tokens.expect(':')
    return { name, index: hasIndex ? Number(tokens.word('an output')) : 0, line: tokens.line }
  }

  #value({ name, index, line }: Reference): Value {
    const node = this.#graph.node(name)
    if (!node) throw new SyntaxError(`line ${line}: there is no node '${name}'`)
    return node.out(index)
  }
}

const isIndex = (text: string): boolean => /^\d+$/.test(text)
