/** The six words of a workload. */
export type WorkloadStatus = 'starting' | 'running' | 'unhealthy' | 'stopping' | 'stopped' | 'failed'
/** The five words of a run. */
export type RunStatus = 'queued' | 'running' | 'finished' | 'failed' | 'killed'
export type Status = WorkloadStatus | RunStatus

/** Colours of a status; runs borrow those of workloads. Green means alive, not good: a finished run is grey. */
export type StatusTone = WorkloadStatus

const tones: Record<Status, StatusTone> = {
  starting: 'starting',
  running: 'running',
  unhealthy: 'unhealthy',
  stopping: 'stopping',
  stopped: 'stopped',
  failed: 'failed',
  queued: 'stopped',
  finished: 'stopped',
  killed: 'stopped',
}

export const toneOf = (status: Status): StatusTone => tones[status]

/** An ordinary status is only a mark in tables; any other also writes its word. */
export const isOrdinary = (status: Status) => status === 'running' || status === 'finished' || status === 'stopped'

const urgency: readonly Status[] = ['failed', 'unhealthy', 'starting', 'stopping', 'running']

/** The status that stands for many, as in the rail: the one that needs somebody first. */
export function worstOf(statuses: readonly Status[]): Status | undefined {
  return urgency.find((status) => statuses.includes(status)) ?? statuses[0]
}
