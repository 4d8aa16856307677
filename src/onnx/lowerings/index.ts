/** The registry of lowerings: a new family is a file here and a line below. */
import type { Lowering, Lowerings } from '../lowering.ts'
import { arrays } from './arrays.ts'
import { bits } from './bits.ts'
import { boxes } from './boxes.ts'
import { cells } from './cells.ts'
import { colors } from './color.ts'
import { COMPLEX, complexMakers } from './complex.ts'
import { controlFlow } from './control-flow.ts'
import { convolutions } from './convolution.ts'
import { crops } from './crops.ts'
import { diagonals } from './diagonal.ts'
import { elementwise } from './elementwise.ts'
import { eliminations } from './elimination.ts'
import { equations } from './equations.ts'
import { FOURIER_OF_COMPLEX, fourier } from './fourier.ts'
import { gathers } from './gather.ts'
import { images } from './image.ts'
import { lists } from './lists.ts'
import { matrix } from './matrix.ts'
import { network } from './network.ts'
import { quantization } from './quantization.ts'
import { ragged } from './ragged.ts'
import { randoms } from './random.ts'
import { reductions } from './reduction.ts'
import { resamples } from './resample.ts'
import { segments } from './segment.ts'
import { sequences } from './sequences.ts'
import { sets } from './sets.ts'
import { shapes } from './shape.ts'
import { slices } from './slice.ts'
import { sparse } from './sparse.ts'
import { specials } from './special.ts'
import { strings } from './strings.ts'
import { tables } from './tables.ts'

/** Every family of ops. No op is in two. */
export const FAMILIES: readonly Lowerings[] = [
  arrays,
  bits,
  boxes,
  cells,
  colors,
  complexMakers,
  controlFlow,
  convolutions,
  crops,
  diagonals,
  elementwise,
  eliminations,
  equations,
  fourier,
  gathers,
  images,
  lists,
  matrix,
  network,
  quantization,
  ragged,
  randoms,
  reductions,
  resamples,
  segments,
  sequences,
  sets,
  shapes,
  slices,
  sparse,
  specials,
  strings,
  tables,
]

/** Families of ops that have complex numbers as inputs. */
const COMPLEX_FAMILIES: readonly Lowerings[] = [COMPLEX, FOURIER_OF_COMPLEX]

/** The lowering of an op on complex numbers; undefined where there is none. */
export const complexLoweringFor = (op: string): Lowering | undefined =>
  COMPLEX_FAMILIES.find(lowerings => Object.hasOwn(lowerings, op))?.[op]

let byOp: ReadonlyMap<string, Lowering> | undefined

/** The lowering of an op; undefined where ONNX has nothing for it. */
export function loweringFor(op: string): Lowering | undefined {
  byOp ??= new Map(FAMILIES.flatMap(lowerings => Object.entries(lowerings)))
  return byOp.get(op)
}
