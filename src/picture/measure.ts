import type { PictureBox } from './parts.ts'
/** How much room text takes, without a font at hand: widths of the letters that most sans-serif fonts share. */

/** Points of the letters in boxes, and of those on edges. */
export const TITLE_SIZE = 12
export const SMALL_SIZE = 10.5
/** An open box is at least as wide. */
export const MIN_TITLE_WIDTH = 140

const NARROW = new Set([..."fijlrtI.,:;'|!()[]{} /-"])
const WIDE = new Set([...'mwMWO@QGDNHU…'])

/** Width of a text, in units of its size. */
function ems(text: string): number {
  let sum = 0
  for (const letter of text) sum += NARROW.has(letter) ? 0.4 : WIDE.has(letter) ? 0.88 : 0.62
  return sum
}

const MAX_LETTERS = 30

/** Cuts a long name in the middle: its ends tell more. */
export function shortened(text: string, letters = MAX_LETTERS): string {
  if (text.length <= letters) return text
  const head = Math.ceil((letters - 1) * 0.4)
  return `${text.slice(0, head)}…${text.slice(text.length - (letters - 1 - head))}`
}

/** Room for a label on an edge. */
export const labelWidth = (text: string): number => ems(shortened(text)) * SMALL_SIZE + 6

/** Room for a badge, its margins included. */
export const badgeWidth = (text: string): number => ems(text) * 9.8 + 14

const GAP = 4
export const BADGE_HEIGHT = 15

/** A closed box. */
export function boxWidth(box: Pick<PictureBox, 'title' | 'subtitle' | 'badges'>): number {
  const title = ems(shortened(box.title)) * TITLE_SIZE * 1.1
  const subtitle = ems(shortened(box.subtitle)) * SMALL_SIZE
  const badges = box.badges.reduce((sum, badge) => sum + badgeWidth(badge.text) + GAP, -GAP)
  return Math.round(Math.max(84, title + 40, subtitle + 40, badges + 20))
}

export const boxHeight = (box: Pick<PictureBox, 'subtitle' | 'badges'>): number =>
  (box.subtitle ? 42 : 30) + (box.badges.length > 0 ? BADGE_HEIGHT + 6 : 0)

/** The title of an open box, as `frameTitle` words it, and its badges beside it. */
export function frameTitleWidth(box: Pick<PictureBox, 'kind' | 'title' | 'subtitle' | 'badges'>): number {
  const badges = box.badges.reduce((sum, badge) => sum + badgeWidth(badge.text) + GAP, 0)
  return Math.round(ems(frameTitle(box)) * TITLE_SIZE * 1.1 + 34 + 14 + badges)
}

/** The caption of an open box. */
export const frameTitle = ({ kind, title, subtitle }: Pick<PictureBox, 'kind' | 'title' | 'subtitle'>): string =>
  kind === 'call' && !USUAL_CALL.test(subtitle) ? `${shortened(title)} · ${shortened(subtitle)}` : shortened(title, 44)

/** A name that TensorFlow gave to a call: the function's says more. */
const USUAL_CALL = /^call (Stateful)?PartitionedCall(_\d+)?$/
