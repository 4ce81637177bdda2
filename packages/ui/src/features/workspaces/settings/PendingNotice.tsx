import type { Workspace } from '@mllab/sdk'
import { Button } from '../../../components/Button.tsx'
import { Notice } from '../../../components/Notice.tsx'
import { partName } from './pending-rows.ts'
import { words } from './words.ts'

/** Says that changed settings wait for a start, and has the button for it. */
export function PendingNotice({
  workspace,
  restarting,
  onRestart,
}: {
  workspace: Workspace
  restarting: boolean
  onRestart: () => void
}) {
  const { pending, can } = workspace
  if (pending === null) return null
  return (
    <Notice
      tone="plain"
      action={
        can.includes('start') ? (
          <Button size="sm" busy={restarting} busyLabel={words('restarting')} onClick={onRestart}>
            {words('restart')}
          </Button>
        ) : undefined
      }
    >
      {words('pending.notice', { parts: pending.changed.map(partName).join(', ') })}
    </Notice>
  )
}
