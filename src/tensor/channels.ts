/** Where the channels of an image are: last, as TensorFlow has them, or behind the batch. */

/** The permutation from channels last to channels first: [0, 3, 1, 2]. */
export const channelsFirstOrder = (rank: number): number[] => [0, rank - 1, ...range(1, rank - 1)]
/** The permutation back: [0, 2, 3, 1]. */
export const channelsLastOrder = (rank: number): number[] => [0, ...range(2, rank), 1]

const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
