import type { WorkloadStatus } from '@mllab/sdk'
import type { Step } from '../../components/Steps.tsx'
import { format } from '../../lib/format.ts'
import { words } from './words.ts'

/** A step of a start, as the server writes it. */
export interface StartStep {
  name: 'place' | 'volume' | 'image' | 'process' | 'fetch' | 'install' | 'ready'
  status: 'waiting' | 'running' | 'done' | 'failed'
  detail: string
  startedAt: string | null
  finishedAt: string | null
  progress: { done: number; total: number; unit: string } | null
}

/** How much of a usual start a step takes; the image is all of it when its environment has to be made. */
const weights: Record<StartStep['name'], number> = {
  place: 1,
  volume: 1,
  image: 80,
  process: 3,
  fetch: 10,
  install: 40,
  ready: 15,
}

const looks = { waiting: 'pending', running: 'current', done: 'done', failed: 'failed' } as const

/** The steps as StepList shows them. `now` is epoch milliseconds. */
export function shownSteps(steps: readonly StartStep[], now: number): Step[] {
  return steps.map((step) => ({
    name: words(`step.${step.name}`),
    status: looks[step.status],
    facts: step.detail,
    ...timeOf(step, now),
    ...(step.status === 'running' && step.progress ? { progress: progressOf(step.progress) } : {}),
  }))
}

/** Share of the whole start that is done, 0 to 1. */
export function shareOf(steps: readonly StartStep[]): number {
  const total = steps.reduce((sum, step) => sum + weights[step.name], 0)
  const done = steps.reduce((sum, step) => sum + weights[step.name] * stepShare(step), 0)
  return total === 0 ? 0 : done / total
}

/** How long a start has gone on, from its first step, in ms. */
export function elapsedOf(steps: readonly StartStep[], now: number): number {
  const first = steps.find((step) => step.startedAt !== null)?.startedAt
  return first ? Math.max(0, now - Date.parse(first)) : 0
}

const enoughToGuess = 0.1
/** “About 0 s left” says nothing. */
const tooShortToTell = 1500

/** What is left of a step that counts bytes, by its rate so far, in ms; null while nobody can say. Other units are no measure of time. */
export function leftOf(steps: readonly StartStep[], now: number): number | null {
  const step = steps.find((one) => one.status === 'running')
  if (step?.progress?.unit !== 'bytes' || step.startedAt === null) return null
  const share = stepShare(step)
  if (share < enoughToGuess || share >= 1) return null
  const left = ((now - Date.parse(step.startedAt)) / share) * (1 - share)
  return left < tooShortToTell ? null : left
}

/** A start as a few words for a row: “Starting, image 66 %”. */
export function startingWords(steps: readonly StartStep[]): string {
  const step = steps.find((one) => one.status === 'running') ?? steps.find((one) => one.status === 'waiting')
  if (!step) return words('start.now')
  const name = words(`step.${step.name}`).toLowerCase()
  return step.progress
    ? words('now.startingPercent', { step: name, percent: format.percent(stepShare(step)) })
    : words('now.starting', { step: name })
}

/** Whether a workload moves by itself: its page then looks again often. */
export const isMoving = (status: WorkloadStatus) => status === 'starting' || status === 'stopping'

function stepShare(step: StartStep): number {
  if (step.status === 'done') return 1
  if (step.status !== 'running' || !step.progress || step.progress.total <= 0) return 0
  return Math.min(1, step.progress.done / step.progress.total)
}

function timeOf(step: StartStep, now: number): { time?: string } {
  if (step.startedAt === null) return {}
  const end = step.finishedAt === null ? now : Date.parse(step.finishedAt)
  return { time: format.duration(Math.max(0, end - Date.parse(step.startedAt))) }
}

function progressOf({ done, total, unit }: NonNullable<StartStep['progress']>): NonNullable<Step['progress']> {
  const share = total > 0 ? Math.min(1, done / total) : null
  const amount = unit === 'bytes' ? format.bytesOf(done, total) : share === null ? '' : format.percent(share)
  return { value: share, facts: amount }
}
