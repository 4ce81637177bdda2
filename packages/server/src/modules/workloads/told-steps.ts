import type { Runtime } from '../../ports/runtime.ts'
import { lastLines } from './last-lines.ts'
import { enterStep, type StartStepRecord, type Workload } from './workload.ts'

const TAIL_BYTES = 64 * 1024
/** How a program says in its log what it does before it answers. */
const LINE = /^==> (fetch|install|start) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ): (.*)$/
const STEP_OF = { fetch: 'fetch', install: 'install', start: 'ready' } as const

/** Whether it is at a step of its own, which takes the time it takes. */
export function isAtToldStep({ spec, steps }: Workload): boolean {
  return steps.some(({ name, status }) => status === 'running' && spec.toldSteps?.includes(name) === true)
}

/**
 * The steps as the program has gone through them by now; the same ones if it has said nothing new. `startedAt` is when its instance started,
 * in epoch ms: the log holds what earlier ones said, too.
 */
export async function stepsAsTold(
  runtime: Runtime,
  workload: Workload,
  startedAt: number,
): Promise<readonly StartStepRecord[]> {
  if (workload.spec.toldSteps === undefined) return workload.steps
  const lines = await lastLines(runtime, workload.id, { bytes: TAIL_BYTES, lines: Infinity })
  return afterLines(workload.steps, lines, startedAt)
}

export function afterLines(
  steps: readonly StartStepRecord[],
  lines: readonly string[],
  startedAt: number,
): readonly StartStepRecord[] {
  let now = steps
  for (const line of lines) {
    const [, name, time, text] = LINE.exec(line) ?? []
    if (name === undefined || time === undefined || text === undefined) continue
    const at = Date.parse(time)
    // Whole seconds.
    if (at < Math.floor(startedAt / 1000) * 1000) continue
    const step = STEP_OF[name as keyof typeof STEP_OF] // one of the three, by the pattern
    const before = now.find((one) => one.name === step)
    const isNews = before && (before.status === 'waiting' || (before.status === 'running' && before.detail !== text))
    if (isNews) now = enterStep(now, step, text, { now: () => Math.max(at, startedAt) })
  }
  return now
}
