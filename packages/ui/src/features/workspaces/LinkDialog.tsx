import { useState } from 'react'
import type { Workspace } from '@mllab/sdk'
import { FormDialog } from '../../components/FormDialog.tsx'
import { OnceDialog } from '../../components/OnceDialog.tsx'
import { words } from './page-words.ts'
import { HoursField, PortField } from './share-fields.tsx'
import { useWorkspace } from './workspace.queries.ts'

const usualHours = 24

/** Makes a link by which members let themselves in; it is shown once. */
export function LinkDialog({
  workspace,
  project,
  onClose,
}: {
  workspace: Workspace
  project: string
  onClose: () => void
}) {
  const [port, setPort] = useState<string>()
  const [hours, setHours] = useState<number | undefined>(usualHours)
  const { makeLink } = useWorkspace(project, workspace.slug)
  if (makeLink.data) {
    return (
      <OnceDialog
        title={words('sharing.address')}
        lead={words('sharing.linkReady')}
        label={words('sharing.address')}
        value={makeLink.data.url}
        done={words('sharing.done')}
        onClose={onClose}
      />
    )
  }
  return (
    <FormDialog
      onClose={onClose}
      title={words('sharing.link')}
      lead={words('sharing.linkLead')}
      action={words('sharing.link')}
      busy={makeLink.isPending}
      busyLabel={words('sharing.linking')}
      onSubmit={() => makeLink.mutate({ hours: hours ?? usualHours, ...(port === undefined ? {} : { port }) })}
      problem={makeLink.error}
    >
      <PortField workspace={workspace} value={port} onChange={setPort} />
      <HoursField hours={[1, 8, 24, 168, 720]} value={hours} onChange={setHours} />
    </FormDialog>
  )
}
