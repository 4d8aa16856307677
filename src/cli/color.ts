/** Colours, where the stream is a terminal; NO_COLOR and FORCE_COLOR decide otherwise, as everywhere. */
import { styleText } from 'node:util'

type Style = 'bold' | 'red'

function styled(stream: NodeJS.WriteStream, styles: Style[], text: string): string {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  const isAsked = FORCE_COLOR !== undefined && FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  const isOn = NO_COLOR ? false : FORCE_COLOR === undefined ? stream.isTTY && TERM !== 'dumb' : isAsked
  return isOn && text !== '' ? styleText(styles, text, { validateStream: false }) : text
}

/** A heading of help. */
export const heading = (text: string): string => styled(process.stdout, ['bold'], text)

/** The message of an error: what stands before its first colon, the place or `error`, stands out. */
export function errorText(message: string): string {
  const [, place = '', rest = message] = /^([^\n]{1,120}?:)( [\s\S]*)$/.exec(message) ?? []
  return styled(process.stderr, ['red', 'bold'], place) + rest
}
