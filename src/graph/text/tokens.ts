/** The words of one line of the graph's text form, and what may be written bare. */

const TOKEN = /\s*(?:(?<string>"(?:[^"\\]|\\.)*")|(?<word>[\w./\\>+-]+)|(?<mark>[=():,{}[\]^@$?;]))/y
const WORD = /^[\w./\\>+-]+$/

/** A name as the text form has it: bare where it can be, else quoted. */
export const quoteName = (name: string): string => (WORD.test(name) ? name : JSON.stringify(name))

/** A walk over the words of a line. Every error is a SyntaxError that names the line. */
export class Tokens {
  readonly line: number
  readonly #tokens: { readonly kind: 'string' | 'word' | 'mark' | 'end'; readonly text: string }[] = []
  #next = 0

  constructor(text: string, line: number) {
    this.line = line
    TOKEN.lastIndex = 0
    while (text.slice(TOKEN.lastIndex).trim()) {
      const start = TOKEN.lastIndex
      const found = TOKEN.exec(text)?.groups
      if (!found) this.fail(`cannot read '${text.slice(start).trim()}'`)
      const kind = found['string'] !== undefined ? 'string' : found['word'] !== undefined ? 'word' : 'mark'
      this.#tokens.push({ kind, text: found[kind]! })
    }
    this.#tokens.push({ kind: 'end', text: 'the end of the line' })
  }

  get done(): boolean {
    return this.peek().kind === 'end'
  }
  peek(ahead = 0): { readonly kind: 'string' | 'word' | 'mark' | 'end'; readonly text: string } {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)]!
  }
  /** Whether this is what comes next (a quoted text never is). */
  at(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind !== 'string' && token.kind !== 'end' && token.text === text
  }
  /** Steps over `text` when it comes next. */
  accept(text: string): boolean {
    const found = this.at(text)
    if (found) this.#next++
    return found
  }
  expect(text: string): void {
    if (!this.accept(text)) this.fail(`expected '${text}', found '${this.peek().text}'`)
  }
  word(what: string): string {
    const { kind, text } = this.peek()
    if (kind !== 'word') this.fail(`expected ${what}, found '${text}'`)
    this.#next++
    return text
  }
  /** A quoted text, unquoted. */
  string(): string {
    const { kind, text } = this.peek()
    if (kind !== 'string') this.fail(`expected a text in quotes, found '${text}'`)
    this.#next++
    try {
      return JSON.parse(text) as string
    } catch {
      return this.fail(`the text ${text} has an escape that JSON does not know`)
    }
  }
  /** A name, bare or quoted. */
  name(what = 'a name'): string {
    return this.peek().kind === 'string' ? this.string() : this.word(what)
  }
  /** Items up to `close`, with commas between. */
  list<T>(close: string, item: () => T): T[] {
    const items: T[] = []
    if (this.accept(close)) return items
    do items.push(item())
    while (this.accept(','))
    this.expect(close)
    return items
  }
  end(): void {
    if (!this.done) this.fail(`expected the end of the line, found '${this.peek().text}'`)
  }
  fail(what: string): never {
    throw new SyntaxError(`line ${this.line}: ${what}`)
  }
}
