/** Files of the model that the graph reads while it runs: their content is known when freezing. */
import { readAll } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { takePlace } from '../../graph/edit.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { MAX_WHOLE_FILE_BYTES } from '../../limits.ts'
import { baseName } from '../../models/assets.ts'
import type { Model } from '../../models/model.ts'
import { strings, stringsOf } from '../../tensor/make.ts'

/** Puts the content of assets in the place of the nodes that read them. Throws `unsupported` for any other file. */
export async function readFiles(graph: Graph, model: Model): Promise<void> {
  for (const body of graph.withBodies()) {
    for (const node of [...body.nodes]) {
      const path = readPath(node)
      if (path === undefined) continue
      const asset = await model.asset?.(baseName(path))
      if (!asset) throw otherFile(node, path)
      const content = await readAll(asset, MAX_WHOLE_FILE_BYTES)
      takePlace(body, node, [body.const(strings([], [content]), node.name)])
    }
  }
}

/** The one file that a node reads; undefined where it reads none, or the path is computed. */
function readPath(node: Node): string | undefined {
  const tensor = node.op === 'ReadFile' ? node.inputs[0]?.tensor : undefined
  return tensor && stringsOf(tensor)?.[0]
}

const otherFile = (node: Node, path: string): FreezeError =>
  new FreezeError('unsupported', `this ReadFile reads the file '${path}', which is not an asset of the model`, {
    node: node.name,
    hint: `Cut the graph there with --inputs ${node.name}.`,
  })
