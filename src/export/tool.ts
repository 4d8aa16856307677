/** What wrote a file, as manifests and models say it: `tfreeze 1.0.0`. */
import manifestOfPackage from '../../package.json' with { type: 'json' }

export const TOOL = `${manifestOfPackage.name} ${manifestOfPackage.version}`
