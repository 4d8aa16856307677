/**
 * TF.js models: a JSON file, and the files of weights that it names beside it:
 *
 *     model.json               modelTopology      the graph (GraphDef as JSON), or the layers of a Keras model
 *                              weightsManifest    names, shapes and types of the weights, in the order of the files
 *                              signature          of a graph model: inputs and outputs by key
 *                              modelInitializer   of a graph model: what fills its tables
 *     group1-shard1of2.bin     weights
 *     group1-shard2of2.bin
 *
 * Before TF.js 1.0 they were three:
 *
 *     tensorflowjs_model.pb    the graph, as a binary GraphDef whose constants have no values
 *     weights_manifest.json    the list that became weightsManifest
 *     group1-shard1of1         weights
 *
 * Source of the formats: tfjs-core/src/io/types.ts.
 */
import { type ByteSource, type Folder, readAll } from '../../bytes/source.ts'
import { FreezeError, invariant } from '../../errors.ts'
import type { MessageSniff } from '../../formats/protobuf/sniff.ts'
import { MAX_CONFIG_BYTES } from '../../limits.ts'
import type { Probe } from '../detect.ts'
import { isObject, type JsonObject, parseJson, stringAt } from '../keras/json.ts'
import { BINARY_GRAPH, MANIFEST, MODEL_FILE } from './format.ts'
import { type StoredWeights, storedWeights } from './weights.ts'

/** A model as its files have it. */
export interface TfjsModel {
  /** The folder's name, or that of the JSON file where it was given. */
  readonly name: string
  readonly file: string
  readonly json: JsonObject
  readonly topology: JsonObject
  readonly weights: StoredWeights
  /** The program that wrote it, where the file says. */
  readonly writer?: string
}

/** Reads the JSON and finds the weights; reads none of them but strings. Throws `missing` for a file of weights that is not there. */
export async function readTfjs({ name, file, folder }: Probe): Promise<TfjsModel> {
  const source = file ?? (await folder?.file(MODEL_FILE))
  invariant(source, 'the folder was seen to hold the model')
  const json = await jsonOf(source)
  const topology = json['modelTopology']
  if (!isObject(topology))
    throw new FreezeError('corrupt', 'the file has no modelTopology, which says what the model computes', {
      file: source.name,
      hint: 'Convert or save the model again.',
    })
  const weights = await storedWeights(json['weightsManifest'], source.name, beside(folder))
  const writer = stringAt(json, 'convertedBy') ?? stringAt(json, 'generatedBy')
  return { name, file: source.name, json, topology, weights, ...(writer !== undefined && { writer }) }
}

/** A model from before TF.js 1.0, as its files have it. */
export interface BinaryTfjsModel extends Pick<TfjsModel, 'name' | 'file' | 'weights'> {
  readonly source: ByteSource
  readonly form: MessageSniff['form']
}

/** Finds the graph and the weights of such a model, and reads none of them but strings. Throws as `readTfjs` does. */
export async function readBinaryTfjs({ name, file, folder, message }: Probe): Promise<BinaryTfjsModel> {
  const [source, manifest] = [file ?? (await folder?.file(BINARY_GRAPH)), await folder?.file(MANIFEST)]
  invariant(source && manifest, 'the files were seen')
  const weights = await storedWeights(await parsed(manifest), manifest.name, beside(folder))
  return { name, file: source.name, source, form: message?.form ?? 'binary', weights }
}

async function jsonOf(source: ByteSource): Promise<JsonObject> {
  const json = await parsed(source)
  if (isObject(json)) return json
  throw new FreezeError('corrupt', 'the file is not a JSON object', { file: source.name })
}

const parsed = async (source: ByteSource) =>
  parseJson(new TextDecoder().decode(await readAll(source, MAX_CONFIG_BYTES)), source.name, 'the file')

const beside =
  (folder: Folder | undefined) =>
  async (path: string): Promise<ByteSource | undefined> =>
    folder?.file(path)
