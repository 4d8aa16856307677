/** Functions of TensorFlow that are one op: their parameters are its inputs, and after these its attributes. */
import type { PlainAttr } from '../../../graph/attr.ts'
import type { Value } from '../../../graph/node.ts'
import { scalar } from '../../../tensor/make.ts'
import { type ArgDef, type AttrDef, opDef } from '../../../tensorflow/ops.ts'
import { type FunctionCall, type Operation, operation } from './function-call.ts'
import { resultType } from './promotion.ts'

/**
 * A row: the op's inputs by the function's parameters, in the op's order, then the attributes, `theirs=attribute` where
 * they have another name. `otherwise` has the inputs that may be left out.
 */
const plain = (op: string, parameters: string, otherwise: Readonly<Record<string, number>> = {}): Operation =>
  operation(parameters, f => {
    const def = opDef(op)! // the table names ops that TensorFlow has
    const names = parameters.split(' ').map(parameter => parameter.split('=').at(-1)!)
    const inputs = inputsOf(f, def.inputs, names, otherwise)
    const attrs = Object.fromEntries(
      names.flatMap(name => {
        const attr = def.attrs.find(candidate => candidate.name === name)
        const value = attr && attrOf(f, attr)
        return value === undefined ? [] : [[name, value]]
      }),
    )
    const node = f.scope.node(op, inputs, attrs)
    return node.outputTypes?.length === 1 ? node.out() : (node.outputTypes ?? [null]).map((_, i) => node.out(i))
  })

/** The first arguments, each of the type that the op takes: inputs that share a type have one that holds them all. */
function inputsOf(
  f: FunctionCall,
  args: readonly ArgDef[],
  names: readonly string[],
  otherwise: Readonly<Record<string, number>>,
): Value[] {
  const given = args.flatMap((arg, i): { readonly arg: ArgDef; readonly value: Value }[] => {
    if (arg.numberAttr !== undefined) return f.tensors(names[i]!).map(value => ({ arg, value }))
    const like = arg.dtype ?? likeOf(f, args, names, arg)
    const least = otherwise[names[i]!]
    const value = f.maybeTensor(names[i]!, like)
    if (value || least === undefined) return [{ arg, value: value ?? f.tensor(names[i]!) }]
    return [{ arg, value: f.scope.const(scalar(like ?? 'int32', least)) }]
  })
  return given.map(({ arg, value }) => {
    if (arg.dtype && value.dtype !== arg.dtype) return f.scope.cast(value, arg.dtype)
    return value
  })
}

/** The type of the tensors that an input without a type of its own goes with. */
function likeOf(f: FunctionCall, args: readonly ArgDef[], names: readonly string[], { typeAttr }: ArgDef) {
  const types = args.flatMap((arg, i) => {
    const given = arg.typeAttr === typeAttr ? f.arg(names[i]!) : undefined
    return given?.kind === 'tensor' && given.tensor.value.dtype ? [given.tensor.value.dtype] : []
  })
  if (types.length > 0) return resultType(...types)
  return typeAttr === 'T' ? undefined : 'int32' // T is the data's type; others are of indices and sizes
}

function attrOf(f: FunctionCall, { name, type }: AttrDef): PlainAttr | undefined {
  if (!f.has(name)) return undefined
  switch (type) {
    case 'bool':
      return f.bool(name)
    case 'int':
      return f.int(name)
    case 'float':
      return f.number(name)
    case 'string':
      return f.text(name)
    case 'type':
      return f.dtype(name)
    case 'list(int)':
      return [...(f.ints(name) ?? [])]
    default:
      return f.refuse(`its argument '${name}' is a ${type}`)
  }
}

/** By name. */
export const PLAIN_OPS: Readonly<Record<string, Operation>> = {
  'math.bessel_i0e': plain('BesselI0e', 'x'),
  'math.bessel_i1': plain('BesselI1', 'x'),
  'math.bessel_i1e': plain('BesselI1e', 'x'),
  'math.ndtri': plain('Ndtri', 'x'),
  'math.xlog1py': plain('Xlog1py', 'x y'),
  'math.nextafter': plain('NextAfter', 'x1 x2'),
  'math.polygamma': plain('Polygamma', 'a x'),
  'math.zeta': plain('Zeta', 'x q'),
  'math.igamma': plain('Igamma', 'a x'),
  'math.igammac': plain('Igammac', 'a x'),
  'math.betainc': plain('Betainc', 'a b x'),
  'math.invert_permutation': plain('InvertPermutation', 'x'),
  'math.cumulative_logsumexp': plain('CumulativeLogsumexp', 'x axis exclusive reverse'),
  'math.segment_sum': plain('SegmentSum', 'data segment_ids'),
  'math.segment_mean': plain('SegmentMean', 'data segment_ids'),
  'math.segment_max': plain('SegmentMax', 'data segment_ids'),
  'math.segment_min': plain('SegmentMin', 'data segment_ids'),
  'math.segment_prod': plain('SegmentProd', 'data segment_ids'),
  'math.unsorted_segment_prod': plain('UnsortedSegmentProd', 'data segment_ids num_segments'),
  'math.unsorted_segment_min': plain('UnsortedSegmentMin', 'data segment_ids num_segments'),
  'bitwise.bitwise_and': plain('BitwiseAnd', 'x y'),
  'bitwise.bitwise_or': plain('BitwiseOr', 'x y'),
  'bitwise.bitwise_xor': plain('BitwiseXor', 'x y'),
  'bitwise.left_shift': plain('LeftShift', 'x y'),
  'bitwise.right_shift': plain('RightShift', 'x y'),
  'bitwise.invert': plain('Invert', 'x'),
  bitcast: plain('Bitcast', 'input type'),
  'dtypes.complex': plain('Complex', 'real imag'),
  unique: plain('Unique', 'x out_idx'),
  broadcast_dynamic_shape: plain('BroadcastArgs', 'shape_x shape_y'),
  reverse_sequence: plain('ReverseSequence', 'input seq_lengths seq_axis=seq_dim batch_axis=batch_dim'),
  space_to_batch_nd: plain('SpaceToBatchND', 'input block_shape paddings'),
  'compat.v1.batch_to_space_nd': plain('BatchToSpaceND', 'input block_shape crops'),
  batch_to_space: plain('BatchToSpaceND', 'input block_shape crops'),
  tensor_scatter_nd_max: plain('TensorScatterMax', 'tensor indices updates'),
  tensor_scatter_nd_min: plain('TensorScatterMin', 'tensor indices updates'),
  tensor_scatter_nd_sub: plain('TensorScatterSub', 'tensor indices updates'),
  strided_slice: plain(
    'StridedSlice',
    'input_ begin end strides begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask',
  ),
  histogram_fixed_width: plain('HistogramFixedWidth', 'values value_range nbins dtype'),
  'linalg.set_diag': plain('MatrixSetDiagV3', 'input diagonal k align', { k: 0 }),
  'linalg.solve': plain('MatrixSolve', 'matrix rhs adjoint'),
  'linalg.triangular_solve': plain('MatrixTriangularSolve', 'matrix rhs lower adjoint'),
  'linalg.qr': plain('Qr', 'input full_matrices'),
  'linalg.tensor_diag': plain('Diag', 'diagonal'),
  'linalg.tensor_diag_part': plain('DiagPart', 'input'),
  'linalg.lstsq': plain('MatrixSolveLs', 'matrix rhs l2_regularizer fast', { l2_regularizer: 0 }),
  'linalg.logm': plain('MatrixLogarithm', 'input'),
  'linalg.sqrtm': plain('MatrixSquareRoot', 'input'),
  'nn.l2_loss': plain('L2Loss', 't'),
  'nn.isotonic_regression': plain('IsotonicRegression', 'input'),
  'image.adjust_hue': plain('AdjustHue', 'image delta'),
  'image.adjust_saturation': plain('AdjustSaturation', 'image saturation_factor'),
  'image.draw_bounding_boxes': plain('DrawBoundingBoxesV2', 'images boxes colors'),
  'image.crop_and_resize': plain('CropAndResize', 'image boxes box_indices crop_size method extrapolation_value'),
  'signal.fft3d': plain('FFT3D', 'input'),
  'signal.ifft3d': plain('IFFT3D', 'input'),
  'strings.lower': plain('StringLower', 'input encoding'),
  'strings.upper': plain('StringUpper', 'input encoding'),
  'strings.length': plain('StringLength', 'input unit'),
  'strings.strip': plain('StringStrip', 'input'),
  'strings.substr': plain('Substr', 'input pos len unit'),
  'strings.join': plain('StringJoin', 'inputs separator'),
  'strings.regex_replace': plain('StaticRegexReplace', 'input pattern rewrite replace_global'),
  'strings.regex_full_match': plain('StaticRegexFullMatch', 'input pattern'),
  'strings.to_hash_bucket': plain('StringToHashBucket', 'input=string_tensor num_buckets'),
  'strings.to_hash_bucket_fast': plain('StringToHashBucketFast', 'input num_buckets'),
  'strings.to_hash_bucket_strong': plain('StringToHashBucketStrong', 'input num_buckets key'),
  'strings.unicode_transcode': plain(
    'UnicodeTranscode',
    'input input_encoding output_encoding errors replacement_char replace_control_characters',
  ),
  'strings.reduce_join': plain('ReduceJoin', 'inputs axis=reduction_indices keepdims=keep_dims separator'),
  'strings.as_string': plain('AsString', 'input precision scientific shortest width fill'),
  as_string: plain('AsString', 'input precision scientific shortest width fill'),
  'strings.to_number': plain('StringToNumber', 'input=string_tensor out_type'),
}
