import type { Activity, ShellProject } from '../shell/types.ts'
import type { SectionName } from '../lib/address.ts'
import { projectNav } from '../shell/project-nav.ts'
import type { Value } from '../lib/curve.ts'
import type { RunStatus } from '../lib/status.ts'

/** Sun 22 Nov 2026, 14:10:02 UTC: now, in all pictures. */
export const now = Date.UTC(2026, 10, 22, 14, 10, 2)
const minute = 60_000

/** The same numbers every time (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A curve that falls from `from` to `to` and settles, with noise. */
export function falling(seed: number, points: number, from: number, to: number, noise: number): Value[] {
  const next = random(seed)
  return Array.from(
    { length: points },
    (_, index) => to + (from - to) * Math.exp(-index / (points / 4)) + (next() - 0.5) * noise,
  )
}

export function steady(seed: number, points: number, level: number, noise: number): Value[] {
  const next = random(seed)
  return Array.from({ length: points }, () => level + (next() - 0.5) * noise)
}

export const steps = (points: number, every = 1) => Array.from({ length: points }, (_, index) => index * every)

export interface SampleRun {
  id: string
  name: string
  status: RunStatus
  reason?: string
  startedAt: number
  by: string
  auc: number | null
  loss: Value[]
  depth: number
  eta: number
  subsample: number
  trees: number
  data: string
  tookMs: number
}

const people = ['Mara Lindqvist', 'Jonas Weber', 'Aiko Tanaka']

export const runs: SampleRun[] = Array.from({ length: 118 }, (_, index) => {
  const next = random(index + 7)
  const depth = 4 + Math.floor(next() * 7)
  const eta = [0.02, 0.03, 0.05, 0.1][Math.floor(next() * 4)] ?? 0.1
  const status: RunStatus = index === 0 ? 'running' : index === 6 ? 'failed' : index === 13 ? 'killed' : 'finished'
  return {
    id: `run-${index}`,
    name: `xgb-d${depth}-eta${String(eta).slice(2).padEnd(2, '0')}-${118 - index}`,
    status,
    ...(status === 'failed' ? { reason: 'Failed: NaN in label' } : {}),
    startedAt: now - index * 4 * minute - (index > 8 ? 90 * minute : 0),
    by: people[Math.floor(next() * 3)] ?? 'Mara Lindqvist',
    auc: status === 'failed' ? null : index === 1 ? 0.881234 : 0.86 + next() * 0.018,
    loss: status === 'failed' ? [] : falling(index, 24, 0.6, 0.31 + next() * 0.06, 0.03),
    depth,
    eta,
    subsample: 0.7 + Math.floor(next() * 4) / 10,
    trees: 200 + Math.floor(next() * 600),
    data: index < 11 ? 'v9' : 'v8',
    tookMs: 60_000 + Math.floor(next() * 170_000),
  }
})

export const projects: ShellProject[] = [
  { slug: 'churn', name: 'Churn', to: '/p/churn' },
  { slug: 'defect-vision', name: 'Defect vision', to: '/p/defect-vision' },
  { slug: 'wine-quality', name: 'Wine quality', to: '/p/wine-quality' },
]

/** Names of sections as the sample pages write them. */
const sections: Record<string, SectionName> = { Home: '', Experiments: 'experiments', Workspaces: 'workspaces' }

export const nav = (current: string) =>
  projectNav('churn', sections[current] ?? '', {
    workspaces: { count: 3, status: 'running' },
    services: { count: 4, status: 'unhealthy' },
  })

export const activities: Activity[] = [
  {
    id: 'a',
    name: 'customers-2026-11.parquet',
    share: 0.63,
    facts: 'part 121 of 191, 13.8 MB/s, 41 s left',
    status: 'running',
    onCancel: () => undefined,
  },
  {
    id: 'b',
    name: 'Image mllab/vscode:1.102',
    share: 0.41,
    facts: '1.16 of 2.84 GB, 84.2 MB/s, 20 s left',
    status: 'running',
    onCancel: () => undefined,
  },
  { id: 'c', name: 'Import of runs', share: 1, facts: '1,284 runs, 2 min ago', status: 'done' },
]
