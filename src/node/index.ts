/** What only Node has: files and folders in, files and folders out. */
export { openFile, openFolder, openInput } from './file-source.ts'
export { type Written, writeFile, writeFolder } from './write-file.ts'
