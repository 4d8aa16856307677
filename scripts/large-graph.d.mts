/** The bytes of a GraphDef of `count` nodes: a placeholder, then blocks of ten nodes that each read the one before. */
export function largeGraph(count: number): Uint8Array
