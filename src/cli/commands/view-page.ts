/** Serves the page until Ctrl-C. */
export async function serve(_path: string, _isOpened: boolean): Promise<void> {}
