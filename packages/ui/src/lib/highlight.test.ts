import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Language, tokenize } from './highlight.ts'

const coloured = (code: string, language: Language) =>
  tokenize(code, language)
    .filter((token) => token.kind !== 'plain')
    .map((token) => [token.kind, token.text])

describe('tokenize', () => {
  it('colours Python', () => {
    expect(coloured(`from lab_client import Environment  # done\nx = f"a{1}" + 'b' * 3.5`, 'python')).toEqual([
      ['key', 'from'],
      ['key', 'import'],
      ['comment', '# done'],
      ['string', 'f"a{1}"'],
      ['string', "'b'"],
      ['number', '3.5'],
    ])
  })

  it('leaves words that only contain a keyword alone', () => {
    expect(coloured('format = index2 + important', 'python')).toEqual([])
  })

  it('colours shell commands and strings over several lines', () => {
    expect(coloured(`curl "$LAB/x" \\\n  --json '{"a":\n 1}' # go`, 'shell')).toEqual([
      ['key', 'curl'],
      ['string', '"$LAB/x"'],
      ['string', `'{"a":\n 1}'`],
      ['comment', '# go'],
    ])
  })

  it('tells JSON keys from strings', () => {
    expect(coloured('{"a": "b", "c": -1.5, "d": null}', 'json')).toEqual([
      ['key', '"a"'],
      ['string', '"b"'],
      ['key', '"c"'],
      ['number', '-1.5'],
      ['key', '"d"'],
      ['number', 'null'],
    ])
  })

  it('never loses a character', () => {
    const languages = fc.constantFrom<Language>('python', 'shell', 'json', 'text')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), languages, (code, language) => {
        expect(
          tokenize(code, language)
            .map((token) => token.text)
            .join(''),
        ).toBe(code)
      }),
    )
  })
})
