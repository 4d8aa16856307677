/**
 * The graph's one text form, both ways: `print(parse(text)) === text` for what
 * `print` wrote. Tests, `--explain`, documentation and bug reports share it.
 *
 *     versions 440 12                              producer and oldest consumer, unless today's
 *     in x: float32[?,8]                           an input: a placeholder
 *     in image=in_1: uint8?                        …that its users know as `image`, of unknown rank
 *     in mask=split:1                              …or any value
 *     w = Const float32[8,4] ckpt@0                128 bytes of the source `ckpt`, from byte 0
 *     y = MatMul(x, w) {transpose_b: true}         attributes that the inputs do not tell
 *     z = Cast(y:0) {DstT: float16} on "/CPU:0" ^init    device; control edges
 *     r = While(z) {body: @body, cond: @cond}
 *     out r, probs=z                               results, and the keys of those named otherwise
 *
 *     stateful fn body(a: float32, b: resource {_user_specified_name: "w"}) {
 *       attrs {_noinline: true}
 *       c = Neg(a) ^b
 *       out result=c, ^b
 *     }
 *
 * One node a line, each after what it reads but for loops; a `#` line is a
 * comment. What cannot stand bare as a name is quoted as in JSON. Attributes
 * are described in `attrs.ts`, constants in `tensors.ts`. Type and count
 * attributes that follow from the inputs are left out and made up again;
 * attributes that equal a default are printed only where the node has them.
 */

export { parse } from './parse.ts'
export { print } from './print.ts'
