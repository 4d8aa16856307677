/** Where the weights of a Keras model lie: three layouts of HDF5 groups, TensorFlow's checkpoints, and lists of names. */
import { type Hdf5File, listAttribute } from '../../../formats/hdf5/file.ts'
import type { ObjectTree } from './object-tree.ts'
import { fromDataset, type StoredWeight } from './stored-weight.ts'

/** Weights as a file holds them. */
export type WeightStore =
  /** Keras 1 to 3, `.h5`: a group for each layer of the model, listed in the attribute `layer_names`. */
  | { readonly layout: 'by-layer'; readonly file: Hdf5File; readonly layers: readonly LayerGroup[] }
  /** Keras 0.x: groups `layer_0`, `layer_1`…, datasets `param_0`, `param_1`…; one for every layer. */
  | { readonly layout: 'by-position'; readonly file: Hdf5File; readonly layers: readonly LayerGroup[] }
  /** `.keras` and `.weights.h5`: groups after the objects of the model, datasets `vars/0`, `vars/1`…. */
  | { readonly layout: 'by-object'; readonly objects: ObjectStore }
  /** TensorFlow checkpoints: variables under the attributes that hold them. */
  | { readonly layout: 'by-attribute'; readonly tree: ObjectTree }
  /** TF.js: one list, under names that begin with the layer's, `dense/kernel`. */
  | { readonly layout: 'by-name'; readonly weights: readonly StoredWeight[] }

/** A layer's datasets, in the file's order. */
export interface LayerGroup {
  readonly name: string
  /** As the file names them: `dense/kernel:0`. */
  readonly weightNames: readonly string[]
  /** The names are stored as bytes, as every Keras writes them; tools that write files anew may store text. */
  readonly isAsWritten?: boolean
  weight(index: number): StoredWeight
}

/** Groups after objects, in one file or in the shards of one. */
export interface ObjectStore {
  readonly name: string
  /** The datasets of an object's `vars`, by number, then those that have a name (`idf_weights`); none where it has none. */
  vars(object: string): readonly StoredWeight[]
  /** Names of the objects inside one that hold datasets, at any depth. */
  objects(object: string): readonly string[]
}

/** The groups of Keras 1 to 3, at `root`. undefined when it has no `layer_names`. */
export function layerGroups(file: Hdf5File, root: string): readonly LayerGroup[] | undefined {
  const names = listAttribute(file, root, 'layer_names')
  return names?.map(name => {
    const path = `${root}/${name}`
    const weightNames = file.kind(path) === 'group' ? (listAttribute(file, path, 'weight_names') ?? []) : []
    const stored = weightNames.length > 0 ? file.attribute(path, 'weight_names') : undefined
    const isAsWritten = stored?.kind === 'strings' && stored.isFixed
    return {
      name,
      weightNames,
      isAsWritten,
      weight: index => fromDataset(file.dataset(`${path}/${weightNames[index]}`)),
    }
  })
}

/** The groups of Keras 0.x. undefined when there are none. */
export function positionalGroups(file: Hdf5File): readonly LayerGroup[] | undefined {
  const groups = numbered(file.names('/'), /^layer_(\d+)$/)
  if (groups.length === 0) return undefined
  return groups.map(name => {
    const weightNames = numbered(file.names(name), /^param_(\d+)$/)
    return { name, weightNames, weight: index => fromDataset(file.dataset(`${name}/${weightNames[index]}`)) }
  })
}

/** The names that match, by their number. */
function numbered(names: readonly string[], pattern: RegExp): string[] {
  const found = names.flatMap(name => {
    const number = name.match(pattern)?.[1]
    return number === undefined ? [] : [{ name, number: Number(number) }]
  })
  return found.sort((a, b) => a.number - b.number).map(({ name }) => name)
}

/** The objects of a file, or of the files of a sharded one. */
export function objectStore(files: readonly Hdf5File[], name: string): ObjectStore {
  const at = (object: string) => files.filter(file => file.kind(object) === 'group')
  const holds = new Map<string, boolean>()
  const holdsData = (path: string): boolean => {
    const known = holds.get(path)
    if (known !== undefined) return known
    holds.set(path, false)
    const found = at(path).some(file =>
      file.names(path).some(inner => file.kind(`${path}/${inner}`) === 'dataset' || holdsData(`${path}/${inner}`)),
    )
    holds.set(path, found)
    return found
  }
  return {
    name,
    vars(object) {
      const path = `${object}/vars`
      const found = at(path).flatMap(file => file.names(path).map(name => ({ file, name })))
      const place = (name: string): number => (/^\d+$/.test(name) ? Number(name) : Number.POSITIVE_INFINITY)
      const sorted = found.sort((a, b) => (place(a.name) < place(b.name) ? -1 : place(a.name) > place(b.name) ? 1 : 0))
      const datasets = sorted.filter(({ file, name }) => file.kind(`${path}/${name}`) === 'dataset')
      return datasets.map(({ file, name }) => fromDataset(file.dataset(`${path}/${name}`)))
    },
    objects(object) {
      const names = new Set(at(object).flatMap(file => file.names(object)))
      return [...names].filter(inner => inner !== 'vars' && holdsData(`${object}/${inner}`))
    },
  }
}
