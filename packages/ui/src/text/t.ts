import { en } from './en.ts'

/** A text, or its forms by number: the form is chosen by the parameter `n`. */
export type Text = string | { one: string; other: string }
export type Catalogue = Readonly<Record<string, Text>>
export type TextKey = keyof typeof en

type Names<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never
type Forms<C, K extends keyof C> = C[K] extends { one: string; other: infer S } ? S : C[K]
type Args<C, K extends keyof C> = [Names<Forms<C, K>>] extends [never]
  ? []
  : [Record<Names<Forms<C, K>>, string | number>]
export type Translate<C extends Catalogue> = <K extends keyof C & string>(key: K, ...args: Args<C, K>) => string

const plurals = new Intl.PluralRules('en')
const numbers = new Intl.NumberFormat(typeof navigator === 'undefined' ? undefined : navigator.language)

/** The text of a key, with `{name}` filled in: `t('list.selected', { n: 5 })`. Numbers are written in the reader's locale. */
export const t: Translate<typeof en> = wordsOf(en)

/** The words of a page, which come with its chunk, besides those that every page knows. */
export function pageText<const C extends Catalogue>(words: C): Translate<typeof en & C> {
  return wordsOf<typeof en & C>({ ...en, ...words })
}

/** Only the words of a page, for what is not a page by itself. */
export function wordsOf<const C extends Catalogue>(catalogue: C): Translate<C> {
  return (key, ...[params]) => {
    const text: Text = catalogue[key] ?? ''
    const values: Record<string, string | number> = params ?? {}
    const form = typeof text === 'string' ? text : plurals.select(Number(values['n'])) === 'one' ? text.one : text.other
    return form.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name] ?? ''
      return typeof value === 'number' ? numbers.format(value) : value
    })
  }
}
