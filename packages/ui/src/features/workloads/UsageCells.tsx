import type { ReactNode } from 'react'
import type { WorkloadState } from '@mllab/sdk'
import { Sparkline } from '../../components/Sparkline.tsx'
import type { Column } from '../../components/table.ts'
import { lastValue, type Value } from '../../lib/curve.ts'
import { format } from '../../lib/format.ts'
import { isMeasured, type UsageById, type UsageOfOne } from './usage.queries.ts'
import { words } from './words.ts'
import css from './Workloads.module.css'

interface Measured {
  id: string
  state: WorkloadState
}

const sparkWidth = 56

/**
 * Columns of CPU and memory, each with its last ten minutes. `compact` is one column where a form stands beside the list: the curve of CPU
 * and the number of memory.
 */
export function usageColumns<Row extends Measured>(usage: UsageById | undefined, compact: boolean): Column<Row>[] {
  const cpu = (row: Row) => <CpuCell state={row.state} usage={usage?.get(row.id)} bare={compact} />
  const memory = (row: Row) => <MemoryCell state={row.state} usage={usage?.get(row.id)} bare={compact} />
  if (compact)
    return [
      {
        id: 'use',
        header: words('list.use'),
        width: '150px',
        cell: (row) =>
          isMeasured(row.state.status) ? (
            <>
              {cpu(row)}
              {memory(row)}
            </>
          ) : (
            words('common.none')
          ),
      },
    ]
  return [
    { id: 'cpu', header: words('list.cpu'), width: '124px', cell: cpu },
    { id: 'memory', header: words('list.memory'), width: '140px', cell: memory },
  ]
}

interface CellProps {
  state: WorkloadState
  usage: UsageOfOne | undefined
  /** Only the curve of CPU, only the number of memory. */
  bare?: boolean
}

/** Cores in use, with their curve; the ground of the curve is zero, its top one core or more. */
export function CpuCell({ state, usage, bare = false }: CellProps) {
  const now = cpuNow(state, usage)
  if (now === null) return <>{bare ? null : words('common.none')}</>
  return (
    <Use name={words('fact.cpu')} values={usage?.cpu} top={1}>
      {bare ? null : coresText(now)}
    </Use>
  )
}

/** Bytes in use, with their curve from zero. */
export function MemoryCell({ state, usage, bare = false }: CellProps) {
  const now = memoryNow(state, usage)
  if (now === null) return <>{words('common.none')}</>
  return bare ? (
    <span>{format.bytes(now)}</span>
  ) : (
    <Use name={words('fact.memory')} values={usage?.memoryBytes} top={0}>
      {format.bytes(now)}
    </Use>
  )
}

/** The curve of CPU for rows on phones; nothing for what does not run. */
export function UsageFigure({ state, usage }: CellProps) {
  return isMeasured(state.status) && usage ? (
    <Sparkline values={fromFirst(usage.cpu)} name={words('fact.cpu')} range={[0, 1]} width={sparkWidth} />
  ) : null
}

function Use({
  name,
  values,
  top,
  children,
}: {
  name: string
  values: readonly Value[] | undefined
  /** The curve reaches at least so high. */
  top: number
  children: ReactNode
}) {
  return (
    <span className={css.use}>
      <Sparkline area values={fromFirst(values ?? [])} name={name} range={[0, top]} width={sparkWidth} />
      {children}
    </span>
  )
}

/** What started a minute ago has a curve of a minute. */
const fromFirst = (values: readonly Value[]) =>
  values.slice(
    Math.max(
      0,
      values.findIndex((value) => value !== null),
    ),
  )

const cpuNow = (state: WorkloadState, usage: UsageOfOne | undefined) =>
  isMeasured(state.status) ? (lastValue(usage?.cpu ?? []) ?? state.cpu) : null

const memoryNow = (state: WorkloadState, usage: UsageOfOne | undefined) =>
  isMeasured(state.status) ? (lastValue(usage?.memoryBytes ?? []) ?? state.memoryBytes) : null

/** `0.02`, `3.5`, `12`: two digits after the point are enough of a core. */
export const coresText = (cores: number) => format.number(Math.round(cores * 100) / 100)
