import { useId, useState } from 'react'
import type { Workspace } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field, FormStack } from '../../components/Field.tsx'
import { TextInput } from '../../components/Input.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { CopyButton } from '../../components/Values.tsx'
import { problemOf } from '../../lib/problem.ts'
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
  const form = useId()
  const [port, setPort] = useState<string>()
  const [hours, setHours] = useState<number | undefined>(usualHours)
  const { makeLink } = useWorkspace(project, workspace.slug)
  if (makeLink.data) return <Made url={makeLink.data.url} onClose={onClose} />
  const submit = () => {
    if (!makeLink.isPending) makeLink.mutate({ hours: hours ?? usualHours, ...(port === undefined ? {} : { port }) })
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={words('sharing.link')}
      lead={words('sharing.linkLead')}
      footer={
        <>
          <Button variant="ghost" onClick={onClose}>
            {words('common.cancel')}
          </Button>
          <Button
            type="submit"
            form={form}
            variant="primary"
            busy={makeLink.isPending}
            busyLabel={words('sharing.linking')}
          >
            {words('sharing.link')}
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <FormStack>
          <PortField workspace={workspace} value={port} onChange={setPort} />
          <HoursField hours={[1, 8, 24, 168, 720]} value={hours} onChange={setHours} />
          {makeLink.error ? <ProblemNotice problem={problemOf(makeLink.error)} /> : null}
        </FormStack>
      </form>
    </Dialog>
  )
}

function Made({ url, onClose }: { url: string; onClose: () => void }) {
  return (
    <Dialog
      open
      onClose={onClose}
      title={words('sharing.address')}
      lead={words('sharing.linkReady')}
      width={560}
      footer={
        <Button variant="primary" onClick={onClose}>
          {words('sharing.done')}
        </Button>
      }
    >
      <Field label={words('sharing.address')}>
        <TextInput
          mono
          readOnly
          value={url}
          onChange={() => undefined}
          onFocus={(event) => event.target.select()}
          unit={<CopyButton text={url} name={words('sharing.address')} size="bare" />}
        />
      </Field>
    </Dialog>
  )
}
