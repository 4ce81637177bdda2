import { LogView } from '../../components/LogView.tsx'
import { Notice } from '../../components/Notice.tsx'
import { problemOf } from '../../lib/problem.ts'
import { shownLines } from './log-lines.ts'
import { type ReadLog, useLog } from './use-log.ts'
import { words } from './words.ts'

/** The log of a workload: followed while it lives, whole enough to read when it does not. */
export function WorkloadLog({
  read,
  live,
  start,
  name,
  maxHeight = 420,
}: {
  read: ReadLog
  live: boolean
  /** What makes it another log: id and generation. */
  start: string
  name: string
  maxHeight?: number
}) {
  const { log, error, read: known } = useLog(read, { live, start })
  return (
    <>
      {error ? <Notice tone="warn">{words('log.lost', { reason: problemOf(error).detail })}</Notice> : null}
      <LogView
        key={String(live)}
        title={words('log.title')}
        lines={shownLines(log)}
        live={live}
        waiting={!known}
        ended={!live}
        downloadName={`${name}.log`}
        maxHeight={maxHeight}
      />
    </>
  )
}
