// npm run build, first half: the package. It calls tsdown, whose command says at each start which Node it would like.
import { build } from 'tsdown'

await build({ logLevel: 'warn' })
