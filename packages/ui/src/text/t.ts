import { en } from './en.ts'

/** A text, or its forms by number: the form is chosen by the parameter `n`. */
export type Text = string | { one: string; other: string }
type Catalogue = Readonly<Record<string, Text>>

type Names<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never
type Forms<T> = T extends { one: string; other: infer S } ? S : T
type Args<T> = [Names<Forms<T>>] extends [never] ? [] : [Record<Names<Forms<T>>, string | number>]

/** The text of a key, with `{name}` filled in. Numbers are written in the reader's locale. */
export type Translate<C extends Catalogue> = <K extends keyof C>(key: K, ...args: Args<C[K]>) => string

const plurals = new Intl.PluralRules('en')
const numbers = new Intl.NumberFormat(typeof navigator === 'undefined' ? undefined : navigator.language)

/** The words of one page, which travel in its chunk: `const t = wordsOf(data)`. */
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

export type TextKey = keyof typeof en

/** Words of the components and the shell: `t('list.selected', { n: 5 })`. */
export const t = wordsOf(en)
