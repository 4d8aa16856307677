/** The parts of a picture: boxes, the edges between them, badges, and descriptions beyond the graph. */

/** A picture that has no positions yet. */
export interface Picture {
  readonly root: PictureBox
  /** Boxes, the root left out. */
  readonly count: number
}

export interface PictureBox {
  readonly id: string
  readonly kind: BoxKind
  /** The op of a node, the name of a scope. */
  readonly title: string
  /** The name of a node, what a scope holds. */
  readonly subtitle: string
  /** For a small scope: the op that it is there for. */
  readonly op?: string
  readonly badges: readonly Badge[]
  readonly canOpen: boolean
  readonly isOpen: boolean
  readonly mark?: Mark
  readonly children: PictureBox[]
  /** Between children and ports. */
  readonly edges: PictureEdge[]
  /** Where edges come in from above, and leave below. */
  readonly entries: string[]
  readonly exits: string[]
}
export type BoxKind = 'scope' | 'group' | 'run' | 'branch' | 'node' | 'call'

export interface Badge {
  readonly kind: 'constant' | 'variable' | 'input' | 'output' | 'removed' | 'folded' | 'new'
  readonly text: string
}
export type Mark = 'removed' | 'folded' | 'new'

/** The ends of a piece of an edge: children of the box that it is in, or ports of that box. */
export interface Ends {
  readonly from: string
  readonly to: string
  /** Ports of those children, where they are open and the edge goes on inside. */
  readonly fromPort?: string
  readonly toPort?: string
}

export interface PictureEdge extends Ends {
  /** The closed boxes at the ends of the whole edge. */
  readonly source: string
  readonly target: string
  readonly label: string
  readonly isControl: boolean
}

/** Descriptions of boxes beyond what the graph says. */
export interface Annotations {
  /** By id of a node's box. */
  readonly marks?: ReadonlyMap<string, Mark>
  readonly ports?: readonly PublicTensor[]
}

/** An output of a node that is an input or output of the model: the node, or the node inside that makes it, says so. */
export interface PublicTensor {
  readonly kind: 'input' | 'output'
  readonly key: string
  /** For the node's box. */
  readonly id: string
  readonly index: number
}
