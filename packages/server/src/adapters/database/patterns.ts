import { PortError } from '@mllab/kernel'

/** SQLite's limit is 50 000 bytes; the same shorter one holds for both engines. */
const LONGEST_PATTERN = 10_000

/** Refuses what one of the engines would refuse: very long patterns, and those that end inside an escape. */
export function checkPattern(pattern: string): string {
  if (pattern.length > LONGEST_PATTERN)
    throw new PortError('INVALID', `a pattern is longer than ${LONGEST_PATTERN} characters`)
  const trailing = /\\*$/.exec(pattern)?.[0].length ?? 0
  if (trailing % 2 === 1) throw new PortError('INVALID', 'a pattern ends with the escape character')
  return pattern
}

/** SQL `like` (`%`, `_`, `\` escapes) as GLOB, which is the case-sensitive one in SQLite. */
export function globFromLike(pattern: string): string {
  return pattern.replace(/\\(.)|[%_*?[]/gsu, (match, escaped: string | undefined) => {
    if (escaped !== undefined) return literal(escaped)
    if (match === '%') return '*'
    if (match === '_') return '?'
    return literal(match)
  })
}

function literal(character: string): string {
  return character === '*' || character === '?' || character === '[' ? `[${character}]` : character
}
