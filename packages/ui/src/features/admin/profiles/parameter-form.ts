import type { ProfileParameter } from '@mllab/sdk'
import { slugOf } from '../../../lib/slug.ts'

export type ParameterType = ProfileParameter['type']
export type FillKind = ProfileParameter['fills']['kind']

/** A question as it is being written: what other types would want stays, should the type change back. */
export interface ParameterDraft {
  /** Tells it from the others of the form. */
  id: string
  /** As programs call it; null until it is stored, then it is made of the label. */
  name: string | null
  label: string
  description: string
  type: ParameterType
  fills: FillKind
  /** The variable; empty means one that is called like the parameter. */
  variable: string
  text: string
  maxLength: number | null
  number: number | null
  min: number | null
  max: number | null
  step: number | null
  on: boolean
  choices: readonly { value: string; label: string }[]
  /** Which of the choices is the default. */
  chosen: number
}

/** What each type may decide: numbers about processors and memory, images are chosen from a list. */
export const fillsOf: Readonly<Record<ParameterType, readonly FillKind[]>> = {
  choice: ['env', 'image', 'cpus', 'memoryGb'],
  number: ['env', 'cpus', 'memoryGb'],
  string: ['env'],
  boolean: ['env'],
}

/** `id` is one that no other of the form has. */
export function emptyParameter(id: string): ParameterDraft {
  return {
    id,
    name: null,
    label: '',
    description: '',
    type: 'choice',
    fills: 'env',
    variable: '',
    text: '',
    maxLength: null,
    number: null,
    min: null,
    max: null,
    step: null,
    on: false,
    choices: [{ value: '', label: '' }],
    chosen: 0,
  }
}

/** Its name tells it from the others. */
export function draftOfParameter(parameter: ProfileParameter): ParameterDraft {
  const { name, label, description, type, fills } = parameter
  const common = {
    ...emptyParameter(name),
    name,
    label,
    description,
    type,
    fills: fills.kind,
    variable: fills.kind === 'env' ? fills.name : '',
  }
  switch (parameter.type) {
    case 'string':
      return { ...common, text: parameter.default, maxLength: parameter.maxLength }
    case 'number':
      return {
        ...common,
        number: parameter.default,
        min: parameter.min,
        max: parameter.max,
        step: parameter.step ?? null,
      }
    case 'choice':
      return {
        ...common,
        choices: parameter.choices,
        chosen: parameter.choices.findIndex(({ value }) => value === parameter.default),
      }
    default:
      return { ...common, on: parameter.default }
  }
}

/** A question as the API takes it. */
export function parameterOf(draft: ParameterDraft, name: string): ProfileParameter {
  const common = {
    name,
    label: draft.label.trim(),
    description: draft.description.trim(),
    fills:
      draft.fills === 'env'
        ? { kind: draft.fills, name: draft.variable.trim() === '' ? variableOf(name) : draft.variable.trim() }
        : { kind: draft.fills },
  }
  switch (draft.type) {
    case 'string':
      return { ...common, type: draft.type, default: draft.text, maxLength: draft.maxLength ?? MOST_LETTERS }
    case 'number': {
      const { number, min, max, step } = draft
      return {
        ...common,
        type: draft.type,
        default: number ?? min ?? 0,
        min: min ?? 0,
        max: max ?? 0,
        ...(step === null ? {} : { step }),
      }
    }
    case 'choice': {
      const choices = draft.choices.map(({ value, label }) => ({
        value: value.trim(),
        label: label.trim() === '' ? value.trim() : label.trim(),
      }))
      return { ...common, type: draft.type, default: choices[draft.chosen]?.value ?? '', choices }
    }
    default:
      return { ...common, type: draft.type, default: draft.on }
  }
}

/** Names of all of them: those that were stored keep theirs, the others get one that none has. */
export function namesOf(parameters: readonly Pick<ParameterDraft, 'name' | 'label'>[]): string[] {
  const taken = new Set(parameters.map(({ name }) => name))
  return parameters.map(({ name, label }) => {
    if (name !== null) return name
    const base = nameOf(label)
    let free = base
    for (let n = 2; taken.has(free); n++) free = `${base.slice(0, 37)}${n}`
    taken.add(free)
    return free
  })
}

/** `Batch size` → `batchSize`. */
const nameOf = (label: string) =>
  slugOf(label)
    .replace(/^[^a-z]+/, '')
    .replace(/-+(.)/g, (_, letter: string) => letter.toUpperCase()) || 'parameter'

/** `batchSize` → `BATCH_SIZE`. */
export const variableOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

/** The most that the API takes. */
const MOST_LETTERS = 1000
