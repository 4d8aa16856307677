/** Drawings of a model's graph: a picture, and what Model Explorer reads. */
import type { Model } from '../models/model.ts'
import type { Drawing } from './exporter.ts'

export const svg: Drawing = {
  kind: 'drawing',
  name: 'svg',
  description: 'a picture of the graph as the page first shows it',
  extensions: ['.svg'],
  draw: picture,
}

export const modelExplorerJson: Drawing = {
  kind: 'drawing',
  name: 'model_explorer',
  description: "a collection of graphs for Google's Model Explorer",
  extensions: ['.json'],
  async draw(model) {
    const { modelExplorer } = await import('../picture/model-explorer.ts')
    return `${JSON.stringify(modelExplorer(model.graph, model.name), null, 1)}\n`
  },
}

async function picture(model: Model): Promise<string> {
  const [{ Scene }, { firstView }, drawn, { layout }, { svg }, { neededNodes, publicTensors }] = await Promise.all([
    import('../picture/scene.ts'),
    import('../picture/first-view.ts'),
    import('../picture/picture.ts'),
    import('../picture/layout.ts'),
    import('../picture/svg.ts'),
    import('../picture/public.ts'),
  ])
  const only = neededNodes(model)
  const scene = new Scene(model.graph, { ...(only && { only }), layers: model.layerScopes })
  return svg(layout(drawn.picture(scene, firstView(scene), { ports: publicTensors(model) })), model.name)
}
