/** Keras files of the fixtures, and what the tests print of a model. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fromFiles } from '../../../src/bytes/folder.ts'
import { type ByteSource, type Folder, fromBytes, type SyncByteSource } from '../../../src/bytes/source.ts'
import type { Arg, Call, Json, LayerGraph, TensorRef } from '../../../src/models/keras/layer-graph.ts'

const FIXTURES = new URL('../../../fixtures/keras/', import.meta.url)

export const fixture = (name: string): SyncByteSource =>
  fromBytes(new Uint8Array(readFileSync(new URL(name, FIXTURES))), basename(name))

export const fixtureFolder = (name: string): Folder =>
  fromFiles(new Map(readdirSync(new URL(name, FIXTURES)).map(file => [file, fixture(`${name}/${file}`)])), name)

export const jsonSource = (value: Json, name = 'model.json'): ByteSource =>
  fromBytes(new TextEncoder().encode(JSON.stringify(value)), name)

/** A graph as lines: `dense = Dense(x)`. */
export function lines(graph: LayerGraph, indent = ''): string[] {
  const calls = graph.order.map(({ layer, call }) => {
    const { name, className, calls } = graph.layers[layer]!
    return `${indent}${reference({ layer: name, call, output: 0 })} = ${className}(${callText(calls[call]!)})`
  })
  const inner = graph.layers.flatMap(layer =>
    layer.model ? [`${indent}${layer.name}:`, ...lines(layer.model, `${indent}  `)] : [],
  )
  const ports = (list: LayerGraph['inputs']) => list.map(port => `${port.name} ${reference(port.tensor)}`).join(', ')
  return [`${indent}in ${ports(graph.inputs)}`, ...calls, `${indent}out ${ports(graph.outputs)}`, ...inner]
}

/** `layer`, `layer.1` for its second call, `layer:1` for its second output. */
const reference = ({ layer, call, output }: TensorRef): string =>
  `${layer}${call > 0 ? `.${call}` : ''}${output > 0 ? `:${output}` : ''}`

const callText = ({ args, kwargs }: Call): string =>
  [...args.map(argText), ...[...kwargs].map(([key, arg]) => `${key}=${argText(arg)}`)].join(', ')

function argText(arg: Arg): string {
  switch (arg.kind) {
    case 'tensor':
      return reference(arg.tensor)
    case 'constant':
      return JSON.stringify(arg.value)
    case 'array':
      return `${arg.dtype}${JSON.stringify(arg.values)}`
    case 'list':
      return `[${arg.items.map(argText).join(', ')}]`
    case 'dict':
      return `{${[...arg.entries].map(([key, item]) => `${key}: ${argText(item)}`).join(', ')}}`
    case 'slice':
      return [arg.start, arg.stop, arg.step].map(argText).join(':')
    case 'ellipsis':
      return '...'
  }
}
