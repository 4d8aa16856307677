/** How numbers look on the page: as on the command line. */

/** 1234567 → `1.2 MB`. */
export function bytes(count: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB']
  let unit = 0
  let size = count
  for (; size >= 1000 && unit < units.length - 1; unit++) size /= 1000
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`
}

/** 12345678 → `12.3 M`. */
export function short(count: number): string {
  if (count < 10_000) return count.toLocaleString('en')
  const units = ['', ' k', ' M', ' G', ' T']
  const unit = Math.min(units.length - 1, Math.floor(Math.log10(count) / 3))
  return `${(count / 1000 ** unit).toFixed(1)}${units[unit]}`
}

/** `float32[?,224,224,3]`; `float32[…]` where the rank is unknown. */
export const typed = (dtype: string, shape: readonly (number | null)[] | null): string =>
  `${dtype}[${shape === null ? '…' : shape.map(d => d ?? '?').join(',')}]`

export const plural = (count: number, what: string): string =>
  `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`
