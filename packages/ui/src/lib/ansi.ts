/** A colour of the terminal as one of our tokens; undefined is the colour of the text. */
export type AnsiTone = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'dim'
export interface AnsiSpan {
  text: string
  tone?: AnsiTone
  bold?: boolean
}

const tones: Record<number, AnsiTone | undefined> = {
  30: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 34: 'blue', 35: 'magenta', 36: 'cyan',
  90: 'dim', 91: 'red', 92: 'green', 93: 'yellow', 94: 'blue', 95: 'magenta', 96: 'cyan',
} // prettier-ignore

// ECMA-48 control sequences, and operating system commands (titles, links) up to BEL or ST.
// oxlint-disable-next-line no-control-regex
const sequence = /\u001b(?:\[([0-9;:?<=>]*)[ -/]*([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000b-\u001f\u007f]/g

/**
 * One log line as coloured spans: SGR colours and bold are kept, every other escape and control character goes.
 * A carriage return inside the line (progress bars) leaves what the terminal would show last.
 */
export function parseAnsi(line: string): AnsiSpan[] {
  const shown = line.replace(/\r+$/, '').split('\r').at(-1) ?? ''
  const spans: AnsiSpan[] = []
  let style: Omit<AnsiSpan, 'text'> = {}
  let from = 0
  const take = (end: number) => {
    const text = shown.slice(from, end).replace(control, '')
    if (text !== '') spans.push({ text, ...style })
  }
  for (const found of shown.matchAll(sequence)) {
    take(found.index)
    from = found.index + found[0].length
    if (found[2] === 'm') style = applySgr(style, found[1] ?? '')
  }
  take(shown.length)
  return spans
}

/** The line without colours, for search and copies. */
export function stripAnsi(line: string): string {
  return parseAnsi(line)
    .map((span) => span.text)
    .join('')
}

function applySgr(style: Omit<AnsiSpan, 'text'>, parameters: string): Omit<AnsiSpan, 'text'> {
  let next = { ...style }
  const codes = parameters.split(/[;:]/).map(Number)
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0
    if (code === 0) next = {}
    else if (code === 1) next.bold = true
    else if (code === 2) next.tone = 'dim'
    else if (code === 22) delete next.bold
    else if (code === 39) delete next.tone
    else if (code === 38 || code === 48) i += codes[i + 1] === 5 ? 2 : 4
    else if (tones[code]) next.tone = tones[code]
  }
  return next
}
