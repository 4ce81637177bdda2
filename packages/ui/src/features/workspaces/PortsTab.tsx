import { useState } from 'react'
import type { Workspace, WorkspacePort } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { Field } from '../../components/Field.tsx'
import { ExternalIcon, PlusIcon } from '../../components/icons.ts'
import { NumberInput, TextInput } from '../../components/Input.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { StatusMark } from '../../components/Status.tsx'
import type { Column } from '../../components/table.ts'
import { useSay } from '../../components/Toast.tsx'
import { fieldError, otherError, problemOf } from '../../lib/problem.ts'
import { words } from './page-words.ts'
import { useWorkspace } from './workspace.queries.ts'
import css from './Workspace.module.css'

/** Programs of the workspace with addresses of their own: named, opened, removed. */
export function PortsTab({ workspace, project }: { workspace: Workspace; project: string }) {
  const { closePort } = useWorkspace(project, workspace.slug)
  const say = useSay()
  const mayChange = workspace.can.includes('change')
  const mayOpen = workspace.can.includes('open')
  const remove = (name: string) =>
    closePort.mutate(name, { onSuccess: () => say({ text: words('ports.removed', { name }) }) })
  const buttons = (port: WorkspacePort) => (
    <PortButtons port={port} mayOpen={mayOpen} onRemove={mayChange ? () => remove(port.name) : undefined} />
  )
  return (
    <Section title={words('tabs.ports')}>
      <p className={css.lead}>{words('ports.lead')}</p>
      {mayChange ? <AddPort workspace={workspace} project={project} /> : null}
      {closePort.error ? <ProblemNotice problem={problemOf(closePort.error)} /> : null}
      {workspace.ports.length === 0 ? (
        <p className={css.none}>{words('ports.none')}</p>
      ) : (
        <DataTable
          label={words('tabs.ports')}
          inset
          rows={workspace.ports}
          columns={columns(buttons)}
          rowId={(port) => port.name}
          rowName={(port) => port.name}
          phone={(port) => ({
            mark: <ListeningMark port={port} />,
            name: port.name,
            facts: port.port,
            value: buttons(port),
          })}
        />
      )}
    </Section>
  )
}

function AddPort({ workspace, project }: { workspace: Workspace; project: string }) {
  const [name, setName] = useState('')
  const [port, setPort] = useState<number | null>(null)
  const { openPort } = useWorkspace(project, workspace.slug)
  const submit = () => {
    if (name.trim() === '' || port === null || openPort.isPending) return
    openPort.mutate(
      { name: name.trim(), port },
      {
        onSuccess: () => {
          setName('')
          setPort(null)
        },
      },
    )
  }
  const other = otherError(openPort.error, ['name', 'params.name', 'port'])
  return (
    <>
      <form
        className={css.line}
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field
          label={words('ports.name')}
          help={words('ports.nameHelp')}
          error={fieldError(openPort.error, 'name') ?? fieldError(openPort.error, 'params.name')}
        >
          <TextInput
            mono
            value={name}
            onChange={setName}
            placeholder="streamlit"
            maxLength={16}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
          />
        </Field>
        <Field label={words('ports.port')} help={words('ports.portHelp')} error={fieldError(openPort.error, 'port')}>
          <NumberInput value={port} onChange={setPort} min={1024} max={65_535} />
        </Field>
        <Button type="submit" icon={PlusIcon} busy={openPort.isPending} busyLabel={words('ports.adding')}>
          {words('ports.add')}
        </Button>
      </form>
      {other ? <ProblemNotice problem={problemOf(other)} /> : null}
    </>
  )
}

const columns = (buttons: (port: WorkspacePort) => React.ReactNode): readonly Column<WorkspacePort>[] => [
  {
    id: 'name',
    header: words('ports.name'),
    width: 'minmax(120px, 1fr)',
    cell: (port) => <code>{port.name}</code>,
  },
  { id: 'port', header: words('ports.port'), width: '80px', align: 'right', cell: (port) => port.port },
  {
    id: 'state',
    header: words('ports.state'),
    width: 'minmax(160px, 1.4fr)',
    cell: (port) => (
      <>
        <ListeningMark port={port} /> {words(port.listening ? 'ports.listening' : 'ports.silent')}
      </>
    ),
  },
  { id: 'actions', header: '', name: words('list.actions'), width: '184px', align: 'right', cell: buttons },
]

function ListeningMark({ port }: { port: WorkspacePort }) {
  return (
    <StatusMark
      status={port.listening ? 'running' : 'stopped'}
      label={words(port.listening ? 'ports.listening' : 'ports.silent')}
    />
  )
}

function PortButtons({
  port,
  mayOpen,
  onRemove,
}: {
  port: WorkspacePort
  mayOpen: boolean
  onRemove: (() => void) | undefined
}) {
  return (
    <span className={css.actions}>
      {mayOpen ? (
        <Button
          size="sm"
          iconAfter={ExternalIcon}
          aria-label={words('ports.openNamed', { name: port.name })}
          onClick={() => window.open(port.url, '_blank', 'noopener')}
        >
          {words('ports.open')}
        </Button>
      ) : null}
      {onRemove ? (
        <Button
          size="sm"
          variant="ghost"
          aria-label={words('ports.removeNamed', { name: port.name })}
          onClick={onRemove}
        >
          {words('ports.remove')}
        </Button>
      ) : null}
    </span>
  )
}
