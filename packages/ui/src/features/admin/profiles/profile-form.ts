import type { ProfileParameter, WorkspaceProfile } from '@mllab/sdk'
import { slugOf } from '../../../lib/slug.ts'
import { parseEnv } from '../../workloads/env.ts'
import type { WantedLife } from '../../workspaces/start-form.ts'
import { draftOfParameter, namesOf, type ParameterDraft, parameterOf } from './parameter-form.ts'

export type ProfileBody = Omit<WorkspaceProfile, 'slug' | 'createdAt' | 'updatedAt' | 'can'>

/** The form for a profile. Null is what nobody said. */
export interface ProfileDraft {
  name: string
  description: string
  default: boolean
  image: string
  cpus: number | null
  memoryGb: number | null
  /** One NAME=value a line. */
  env: string
  /** Variables that stand in no line: their values have several. */
  longEnv: Readonly<Record<string, string>>
  life: WantedLife
  parameters: readonly ParameterDraft[]
}

export const emptyProfile: ProfileDraft = {
  name: '',
  description: '',
  default: false,
  image: '',
  cpus: null,
  memoryGb: null,
  env: '',
  longEnv: {},
  life: { suspendAfterMinutes: null, stopAfterHours: null, daysToLive: null },
  parameters: [],
}

export function draftOf(profile: ProfileBody): ProfileDraft {
  const env = Object.entries(profile.env)
  return {
    name: profile.name,
    description: profile.description,
    default: profile.default,
    image: profile.image,
    cpus: profile.cpus ?? null,
    memoryGb: profile.memoryGb ?? null,
    env: env
      .filter(([, value]) => !value.includes('\n'))
      .map(lineOf)
      .join('\n'),
    longEnv: Object.fromEntries(env.filter(([, value]) => value.includes('\n'))),
    life: {
      suspendAfterMinutes: profile.life.suspendAfterMinutes ?? null,
      stopAfterHours: profile.life.stopAfterHours ?? null,
      daysToLive: profile.life.daysToLive ?? null,
    },
    parameters: profile.parameters.map(draftOfParameter),
  }
}

/** The form as the API takes it. What is missing is filled in, so that it can be shown while it is being written. */
export function bodyOf(draft: ProfileDraft): ProfileBody {
  const names = namesOf(draft.parameters)
  const life = Object.entries(draft.life).filter(([, value]) => value !== null)
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    default: draft.default,
    image: draft.image.trim(),
    ...(draft.cpus === null ? {} : { cpus: draft.cpus }),
    ...(draft.memoryGb === null ? {} : { memoryGb: draft.memoryGb }),
    env: { ...draft.longEnv, ...parseEnv(draft.env).env },
    life: Object.fromEntries(life),
    parameters: draft.parameters.map((parameter, index): ProfileParameter =>
      parameterOf(parameter, names[index] ?? ''),
    ),
  }
}

/** What the form itself finds wrong, by the field of the API: `parameters.0.min`. */
export type Missing = ReadonlyMap<string, 'needed' | 'taken' | 'number' | 'order' | 'line' | 'noSlug'>

/** What keeps it from being sent. `taken` are the slugs that a new one must not have. */
export function missingIn(draft: ProfileDraft, taken: readonly string[]): Missing {
  const missing = new Map<string, 'needed' | 'taken' | 'number' | 'order' | 'line' | 'noSlug'>()
  const slug = slugOf(draft.name)
  if (draft.name.trim() === '') missing.set('name', 'needed')
  else if (slug === '') missing.set('name', 'noSlug')
  else if (taken.includes(slug)) missing.set('name', 'taken')
  if (draft.image.trim() === '') missing.set('image', 'needed')
  if (parseEnv(draft.env).badLines.length > 0) missing.set('env', 'line')
  for (const [index, parameter] of draft.parameters.entries()) {
    const at = `parameters.${index}`
    if (parameter.label.trim() === '') missing.set(`${at}.label`, 'needed')
    if (parameter.type === 'number') {
      for (const field of ['default', 'min', 'max'] as const)
        if (parameter[field === 'default' ? 'number' : field] === null) missing.set(`${at}.${field}`, 'number')
      if (parameter.min !== null && parameter.max !== null && parameter.min > parameter.max)
        missing.set(`${at}.max`, 'order')
    }
    if (parameter.type === 'choice' && parameter.choices.length === 0) missing.set(`${at}.choices`, 'needed')
  }
  return missing
}

/** In quotes where they would be taken for something else otherwise. */
const lineOf = ([name, value]: [string, string]) =>
  `${name}=${value.trim() !== value || /^(["']).*\1$/.test(value) ? `"${value}"` : value}`
