import { useMemo } from 'react'
import type { Me, Project } from '@mllab/sdk'
import { AdminIcon, DataIcon, GroupIcon, PlusIcon, UserIcon } from '../components/icons.ts'
import { addresses } from '../lib/address.ts'
import { type LabApi, useApi } from '../lib/api.ts'
import { format } from '../lib/format.ts'
import { type PaletteEntry, type PaletteSource, usePaletteEntries, usePaletteSource } from '../shell/palette.tsx'
import { projectNav } from '../shell/project-nav.ts'
import { t } from '../text/t.ts'

/** What the palette offers on every page: sections of the project, projects, the account, and datasets by name. */
export function useEverywhereEntries(projects: readonly Project[], project: Project | undefined, me: Me) {
  const api = useApi()
  usePaletteEntries([
    ...(project ? sectionEntries(project.slug) : []),
    ...projects.map((one) => ({
      id: `project:${one.slug}`,
      group: 'go' as const,
      label: one.name,
      icon: GroupIcon,
      facts: t('palette.facts.project'),
      to: addresses.project(one.slug),
      also: one.slug,
    })),
    { id: 'account', group: 'go', label: t('user.account'), icon: UserIcon, to: addresses.account },
    ...(me.admin
      ? [{ id: 'users', group: 'go' as const, label: t('nav.users'), icon: AdminIcon, facts: t('projects.admin'), to: addresses.users }] // prettier-ignore
      : []),
    { id: 'create-project', group: 'do', label: t('projects.create'), icon: PlusIcon, to: addresses.createProject },
  ])
  const slug = project?.slug
  usePaletteSource(useMemo(() => datasetSource(api, slug), [api, slug]))
  usePaletteSource(useMemo(() => workSource(api, slug), [api, slug]))
}

function sectionEntries(slug: string): PaletteEntry[] {
  return projectNav(slug, '', {})
    .flat()
    .map((entry) => ({ id: entry.to, group: 'go', label: entry.label, icon: entry.icon, to: entry.to }))
}

const mostFound = 5

/** Runs, models, workspaces, services: their code comes with the first search. */
function workSource(api: LabApi, project: string | undefined): PaletteSource {
  return async (query, { signal }) => {
    if (project === undefined || query === '' || query.startsWith('>')) return []
    const { findWork } = await import('./find-work.ts')
    return findWork(api, project, query, signal)
  }
}

function datasetSource(api: LabApi, project: string | undefined): PaletteSource {
  return async (query, { signal }) => {
    if (project === undefined || query === '' || query.startsWith('>')) return []
    const { items } = await api.files.list(
      { params: { project }, query: { search: query, limit: mostFound } },
      { signal },
    )
    return items.map((dataset) => ({
      id: `dataset:${dataset.id}`,
      group: 'go',
      label: dataset.name,
      icon: DataIcon,
      facts: dataset.latest
        ? `${t('palette.facts.dataset')}, ${format.bytes(dataset.latest.sizeBytes)}`
        : t('palette.facts.dataset'),
      to: addresses.object(project, 'data', dataset.name),
    }))
  }
}
