/** Rewrites of what TF.js does not execute to what computes the same. */
import type { Rule } from '../../rewrite/rule.ts'
import { ARITHMETIC } from './arithmetic.ts'
import { CELLS } from './cells.ts'
import { IMAGES } from './images.ts'
import { QUANTIZATION } from './quantization.ts'
import { SHAPES } from './shapes.ts'
import { TEXT } from './text.ts'

export const TFJS_RULES: readonly Rule[] = [...ARITHMETIC, ...SHAPES, ...TEXT, ...CELLS, ...QUANTIZATION, ...IMAGES]
