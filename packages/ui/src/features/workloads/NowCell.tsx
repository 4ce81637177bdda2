import type { WorkloadState } from '@mllab/sdk'
import { StatusText } from '../../components/Status.tsx'
import { useNow } from '../../components/Values.tsx'
import { format } from '../../lib/format.ts'
import { startingWords } from './steps.ts'
import { words } from './words.ts'

/** What a workload does now, in a row: “Running for 2 h 14 m”, “Starting, image 66 %”, the reason of a failure. */
export function NowCell({ state }: { state: WorkloadState }) {
  const text = useNowText(state)
  return state.status === 'running' || state.status === 'stopped' ? (
    <span>{text}</span>
  ) : (
    <StatusText status={state.status}>{text}</StatusText>
  )
}

export function useNowText(state: WorkloadState): string {
  const now = useNow()
  switch (state.status) {
    case 'running':
      return words('now.running', { age: format.age(Math.max(0, now - Date.parse(state.startedAt ?? state.since))) })
    case 'stopped':
      return words('now.stopped', { when: format.relative(Date.parse(state.since), now) })
    case 'starting':
      return startingWords(state.steps)
    case 'stopping':
      return words('status.stopping')
    case 'unhealthy':
    case 'failed':
      return state.reason?.detail ?? words(`status.${state.status}`)
  }
}
