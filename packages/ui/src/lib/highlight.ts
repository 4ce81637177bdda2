export type Language = 'python' | 'shell' | 'json' | 'text'
export type TokenKind = 'key' | 'string' | 'number' | 'comment' | 'plain'
export interface Token {
  kind: TokenKind
  text: string
}

type Rule = readonly [TokenKind, RegExp]

const pythonWords =
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda ' +
  'nonlocal not or pass raise return try while with yield True False None print'

/** Sticky patterns, tried in order; what none of them takes is plain. */
const rules: Record<Language, readonly Rule[]> = {
  python: [
    ['comment', /#[^\n]*/y],
    ['string', /[rbfu]{0,2}("""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$))/iy],
    ['string', /[rbfu]{0,2}("(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)/iy],
    ['key', new RegExp(`\\b(?:${pythonWords.split(' ').join('|')})\\b`, 'y')],
    ['number', /\b\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?\b/iy],
    ['plain', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ],
  shell: [
    ['comment', /(?<=^|\s)#[^\n]*/y],
    ['string', /"(?:\\[\s\S]|[^"\\])*"?|'[^']*'?/y],
    ['key', /(?<=^|\n|[|;&]\s*)(?:export|curl|mllab|pip|python3?|docker|kubectl|mlflow|ssh|npm)(?=\s|$)/y],
    ['number', /(?<=\s)\d+(?:\.\d+)?(?=\s|$)/y],
    ['plain', /[\w$./:@=-]+/y],
  ],
  json: [
    ['key', /"(?:\\.|[^"\\\n])*"(?=\s*:)/y],
    ['string', /"(?:\\.|[^"\\\n])*"?/y],
    ['number', /-?\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b|\b(?:true|false|null)\b/iy],
  ],
  text: [],
}

/** Splits code into coloured pieces. The pieces joined are the input, whatever it is. */
export function tokenize(code: string, language: Language): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < code.length) {
    const found = match(code, at, rules[language])
    const previous = tokens.at(-1)
    if (previous?.kind === found.kind) previous.text += found.text
    else tokens.push(found)
    at += found.text.length
  }
  return tokens
}

function match(code: string, at: number, candidates: readonly Rule[]): Token {
  for (const [kind, pattern] of candidates) {
    pattern.lastIndex = at
    const text = pattern.exec(code)?.[0]
    if (text) return { kind, text }
  }
  return { kind: 'plain', text: code[at] ?? '' }
}
