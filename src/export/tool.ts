/** The program that wrote a file, as manifests and models name it: `tfreeze 1.0.0`. */
import manifestOfPackage from '../../package.json' with { type: 'json' }

export const TOOL = `${manifestOfPackage.name} ${manifestOfPackage.version}`
