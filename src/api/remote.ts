/**
 * `tfreeze/remote`: models that lie elsewhere, on web servers and in object stores.
 *
 * @module tfreeze/remote
 */

export { isRemote } from '../remote/address.ts'
export { openRemote, type RemoteInput } from '../remote/open.ts'
export type { RequestOptions } from '../remote/requests.ts'
export type { Credentials, StoreOptions } from '../remote/store.ts'
export { upload } from '../remote/upload.ts'
