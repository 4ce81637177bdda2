import type { WorkloadState } from '@mllab/sdk'
import { Notice } from '../../components/Notice.tsx'
import { words } from './words.ts'

/** What a workload can want more of than there is for it, as the server names it. */
export const shortages = [
  'oom',
  'too-many-processes',
  'open-files',
  'disk-full',
  'port-taken',
  'too-many-ports',
  'log-flood',
] as const

/** It is up, and does not answer, was held back, or had to be started again: why, with the figure, and what to do. */
export function StateNotices({ state: { status, reason, notices } }: { state: WorkloadState }) {
  return (
    <>
      {status === 'unhealthy' && reason ? <Notice tone="warn">{reason.detail}</Notice> : null}
      {notices.map(({ code, detail }) => {
        const shortage = shortages.find((one) => one === code)
        return (
          <Notice key={code} tone="warn">
            <b>{words(shortage ? `shortage.${shortage}` : 'notice.restarted')}.</b> {detail}
            {shortage ? ` ${words(`fix.${shortage}`)}` : null}
          </Notice>
        )
      })}
    </>
  )
}
