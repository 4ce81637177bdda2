/** The six words of a workload. */
export const workloadStatusNames = ['starting', 'running', 'unhealthy', 'stopping', 'stopped', 'failed'] as const
export type WorkloadStatus = (typeof workloadStatusNames)[number]
/** The five words of a run. */
export const runStatusNames = ['queued', 'running', 'finished', 'failed', 'killed'] as const
export type RunStatus = (typeof runStatusNames)[number]
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
