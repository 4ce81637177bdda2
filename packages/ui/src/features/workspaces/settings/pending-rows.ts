import type { Workspace } from '@mllab/sdk'
import type { Property } from '../../../components/PropertyList.tsx'
import { words } from './words.ts'

type Settings = Pick<NonNullable<Workspace['pending']>, 'profile' | 'limits' | 'secrets' | 'datasets' | 'env'> & {
  image: string
}

/** What is changed at the next start, with what it is now. */
export function pendingRows(workspace: Workspace): Property[] {
  const { pending } = workspace
  if (pending === null) return []
  const now = { ...workspace, image: workspace.state.image }
  return pending.changed.map((part) => {
    const variable = /^env\.(.*)$/.exec(part)?.[1]
    if (variable !== undefined) return variableRow(variable, now, pending)
    return { name: partName(part), value: valueOf(part, pending), was: valueOf(part, now) }
  })
}

/** The name of a part as people read it; a variable has its own. */
export function partName(part: string): string {
  switch (part) {
    case 'image':
    case 'profile':
    case 'cpus':
    case 'memoryGb':
    case 'secrets':
    case 'datasets':
      return words(`pending.${part}`)
    default:
      return part.replace(/^env\./, '')
  }
}

function variableRow(name: string, now: Settings, next: Settings): Property {
  const value = words(name in next.env ? 'pending.newValue' : 'pending.gone')
  return name in now.env ? { name, value } : { name, value, was: words('pending.unset') }
}

function valueOf(part: string, { image, profile, limits, secrets, datasets }: Settings): string {
  const list = (names: readonly string[]) => (names.length === 0 ? words('pending.none') : names.join(', '))
  switch (part) {
    case 'image':
      return image
    case 'profile':
      return profile === null ? words('pending.none') : profileText(profile)
    case 'cpus':
      return limits.cpus === null ? words('pending.noLimit') : words('new.cpus', { n: limits.cpus })
    case 'memoryGb':
      return limits.memoryGb === null ? words('pending.noLimit') : words('new.gb', { n: limits.memoryGb })
    case 'secrets':
      return list(secrets.map(({ name }) => name))
    default:
      return list(datasets.map(({ name, version }) => `${name} v${version}`))
  }
}

function profileText({ slug, parameters }: NonNullable<Settings['profile']>): string {
  return [slug, ...Object.entries(parameters).map(([name, value]) => `${name} ${value}`)].join(', ')
}
