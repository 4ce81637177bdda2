import { en } from './en.ts'

/** A text, or its forms by number: the form is chosen by the parameter `n`. */
export type Text = string | { one: string; other: string }
type Catalogue = typeof en
export type TextKey = keyof Catalogue

type Names<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never
type Forms<K extends TextKey> = Catalogue[K] extends { one: string; other: infer S } ? S : Catalogue[K]
type Params<K extends TextKey> = Names<Forms<K>>
type Args<K extends TextKey> = [Params<K>] extends [never] ? [] : [Record<Params<K>, string | number>]

const plurals = new Intl.PluralRules('en')
const numbers = new Intl.NumberFormat(typeof navigator === 'undefined' ? undefined : navigator.language)

/** The text of a key, with `{name}` filled in: `t('list.selected', { n: 5 })`. Numbers are written in the reader's locale. */
export function t<K extends TextKey>(key: K, ...[params]: Args<K>): string {
  const text: Text = en[key]
  const values: Record<string, string | number> = params ?? {}
  const form = typeof text === 'string' ? text : plurals.select(Number(values['n'])) === 'one' ? text.one : text.other
  return form.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? ''
    return typeof value === 'number' ? numbers.format(value) : value
  })
}
