import { ExperimentIcon, ModelIcon, ServiceIcon, WorkspaceIcon } from '../components/icons.ts'
import { addresses } from '../lib/address.ts'
import type { LabApi } from '../lib/api.ts'
import type { PaletteEntry } from '../shell/palette.tsx'
import { find } from '../text/en/find.ts'
import { pageText } from '../text/t.ts'

const words = pageText(find)

const mostFound = 4

/** Services, workspaces, models, experiments and runs of a project whose name has the words in it. */
export async function findWork(
  api: LabApi,
  project: string,
  search: string,
  signal: AbortSignal,
): Promise<PaletteEntry[]> {
  const input = { params: { project }, query: { search, limit: mostFound } }
  const found = await Promise.allSettled([
    api.services.list(input, { signal }).then(({ items }) =>
      items.map((service): PaletteEntry => ({
        id: `service:${service.id}`,
        group: 'go',
        label: service.name,
        icon: ServiceIcon,
        status: service.state.status,
        facts: words('kind.service'),
        to: addresses.object(project, 'services', service.slug),
      })),
    ),
    api.workspaces.list(input, { signal }).then(({ items }) =>
      items.map((workspace): PaletteEntry => ({
        id: `workspace:${workspace.id}`,
        group: 'go',
        label: workspace.name,
        icon: WorkspaceIcon,
        status: workspace.state.status,
        facts: words('kind.workspace'),
        to: addresses.object(project, 'workspaces', workspace.slug),
      })),
    ),
    api.models.list(input, { signal }).then(({ items }) =>
      items.map((model): PaletteEntry => ({
        id: `model:${model.name}`,
        group: 'go',
        label: model.name,
        icon: ModelIcon,
        facts: words('kind.model'),
        ...(model.aliases[0] ? { tag: `@${model.aliases[0].alias}` } : {}),
        to: addresses.object(project, 'models', model.name),
      })),
    ),
    api.runs.experiments(input, { signal }).then(({ items }) =>
      items.map((experiment): PaletteEntry => ({
        id: `experiment:${experiment.number}`,
        group: 'find',
        label: experiment.name,
        icon: ExperimentIcon,
        facts: words('kind.experiment'),
        to: addresses.object(project, 'experiments', String(experiment.number)),
      })),
    ),
    api.runs.list(input, { signal }).then(({ items }) =>
      items.map((run): PaletteEntry => ({
        id: `run:${run.id}`,
        group: 'find',
        label: run.name,
        status: run.status,
        facts: words('kind.run', { experiment: run.experiment.name }),
        to: addresses.run(project, run.experiment.number, run.id),
      })),
    ),
  ])
  return found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
}
