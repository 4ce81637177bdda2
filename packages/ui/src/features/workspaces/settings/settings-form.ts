import type { Workspace } from '@mllab/sdk'
import { parseEnv } from '../../workloads/env.ts'
import { datasetBody, type StartInput } from '../start-form.ts'

/** Settings of a workspace as a form: what its next start makes of it, and what somebody has said about that. */
export interface SettingsInput extends Pick<
  StartInput,
  'name' | 'profile' | 'parameters' | 'image' | 'cpus' | 'memoryGb' | 'env' | 'secrets' | 'datasets'
> {
  /** Names of variables that go. */
  taken: readonly string[]
}

/** The form before anybody has said anything. */
export function settingsOf(workspace: Workspace): SettingsInput {
  const { profile, limits, secrets, datasets } = workspace.pending ?? workspace
  return {
    name: workspace.name,
    profile: profile?.slug ?? null,
    parameters: profile?.parameters ?? {},
    image: workspace.pending?.image ?? workspace.state.image,
    cpus: limits.cpus,
    memoryGb: limits.memoryGb,
    env: '',
    taken: [],
    secrets,
    datasets,
  }
}

/** What has to be sent: only what is something else than before. */
export function settingsChange(before: SettingsInput, now: SettingsInput) {
  const { env } = parseEnv(now.env)
  const variables = { ...Object.fromEntries(now.taken.map((name) => [name, null])), ...env }
  const differs = (part: keyof SettingsInput) => JSON.stringify(before[part]) !== JSON.stringify(now[part])
  return {
    ...(differs('name') && now.name.trim() !== '' ? { name: now.name.trim() } : {}),
    ...makingOf(now, differs),
    ...(differs('cpus') ? { cpus: now.cpus } : {}),
    ...(differs('memoryGb') ? { memoryGb: now.memoryGb } : {}),
    ...(Object.keys(variables).length > 0 ? { env: variables } : {}),
    ...(differs('secrets') ? { secrets: [...now.secrets] } : {}),
    ...(differs('datasets') ? { datasets: now.datasets.map(datasetBody) } : {}),
  }
}

function makingOf({ profile, parameters, image }: SettingsInput, differs: (part: keyof SettingsInput) => boolean) {
  if (profile !== null) return differs('profile') || differs('parameters') ? { profile, parameters } : {}
  return image !== null && (differs('image') || differs('profile')) ? { image } : {}
}
