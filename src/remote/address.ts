/** Addresses of models: `https://host/path`, `s3://bucket/key`, `gs://bucket/key`. */

/** Whether a path is an address of a file or folder elsewhere. */
export const isRemote = (path: string): boolean => /^(https?|s3|gs):\/\//i.test(path)
