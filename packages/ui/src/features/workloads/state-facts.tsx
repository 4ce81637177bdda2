import type { WorkloadState } from '@mllab/sdk'
import type { Property } from '../../components/PropertyList.tsx'
import { Bytes, RelativeTime } from '../../components/Values.tsx'
import { words } from './words.ts'

/** What is known of a workload that runs, or ran. */
export function stateFacts(state: WorkloadState): Property[] {
  const runs = state.status === 'running' || state.status === 'unhealthy'
  return [
    { name: words('fact.image'), value: <code>{state.image}</code> },
    ...(runs && state.startedAt !== null
      ? [{ name: words('fact.running'), value: <RelativeTime at={Date.parse(state.startedAt)} /> }]
      : []),
    ...(runs && state.memoryBytes !== null
      ? [{ name: words('fact.memory'), value: <Bytes value={state.memoryBytes} /> }]
      : []),
    ...(runs && state.cpu !== null
      ? [{ name: words('fact.cpu'), value: words('fact.cores', { n: Math.round(state.cpu * 100) / 100 }) }]
      : []),
    { name: words('fact.start'), value: state.generation },
  ]
}

/** Beside the title of a list: “6 workspaces, 3 running”. */
export function runningFacts(facts: string, states: readonly WorkloadState[]): string {
  const n = states.filter(({ status }) => status === 'running').length
  if (n === 0) return facts
  return n === states.length ? words('facts.allRunning', { n }) : words('facts.running', { facts, n })
}
