export interface ParsedEnv {
  env: Record<string, string>
  /** Lines that are no NAME=value, counted from 1. */
  badLines: number[]
}

/** Environment variables as people paste them: one NAME=value a line, `export` and quotes as in a shell file, `#` for remarks. */
export function parseEnv(text: string): ParsedEnv {
  const env: Record<string, string> = {}
  const badLines: number[] = []
  text.split('\n').forEach((line, index) => {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) return
    const found = /^(?:export\s+)?([A-Za-z][A-Za-z0-9_]*)=(.*)$/.exec(trimmed)
    if (found?.[1] === undefined) badLines.push(index + 1)
    else env[found[1]] = unquoted(found[2] ?? '')
  })
  return { env, badLines }
}

function unquoted(value: string): string {
  const found = /^(["'])(.*)\1$/.exec(value)
  return found?.[2] ?? value
}
