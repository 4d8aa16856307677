/** Which Keras wrote a file, and what it computes because of that. */
import { stringAt } from './json.ts'
import type { Dialect, Json, Profile } from './layer-graph.ts'

/** The writer that a file names; `config` is looked at where it names none. */
export interface Writer {
  readonly version?: string | undefined
  readonly backend?: string | undefined
  readonly config: Json
}

/** The dialect of a file. `tf_keras` writes Keras 2 into files of Keras 3's form. */
export function dialectOf({ version, backend, config }: Writer): Dialect {
  const text = JSON.stringify(config)
  const profile = profileOf(version, text)
  const standalone = profile === 'k1' || (version !== undefined && /^2\.[0-3]\.\d+$/.test(version))
  return {
    profile,
    standalone,
    ...(version !== undefined && { version }),
    ...(backend !== undefined && { backend }),
  }
}

function profileOf(version: string | undefined, text: string): Profile {
  const major = version?.match(/^(\d+)\./)?.[1]
  if (major === '0' || major === '1') return 'k1'
  if (major === '2') return 'k2'
  if (/"module": ?"(tf_keras|keras\.engine|keras\.src\.engine|tensorflow\.python\.keras)\b/.test(text)) return 'k2'
  if (major !== undefined) return 'k3'
  return guessed(text)
}

/** By keys that only one generation writes. */
function guessed(text: string): Profile {
  if (/"(DTypePolicy|__keras_tensor__|batch_shape)"/.test(text)) return 'k3'
  if (/"(nb_filter|border_mode|inner_activation|input_dtype|inner_init|dim_ordering)"/.test(text)) return 'k1'
  if (/"class_name": ?"Dense"/.test(text) && /"output_dim"/.test(text) && !/"units"/.test(text)) return 'k1'
  return 'k2'
}

/** How messages call the writer: `Keras 2.2.4 on theano`. Layers of TF.js, which are those of Keras 2, say their own name. */
export const writerName = ({ version, backend, profile }: Dialect): string =>
  version?.startsWith('tfjs') ? version : `Keras ${version ?? profile.slice(1)}${backend ? ` on ${backend}` : ''}`

/** The version inside an architecture's own JSON: `to_json()` of Keras 1 and 2 adds it. */
export const versionIn = (architecture: Json): string | undefined => stringAt(architecture, 'keras_version')
