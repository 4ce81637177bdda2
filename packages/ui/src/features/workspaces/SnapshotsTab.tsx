import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Workspace, WorkspaceSnapshot } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { PlusIcon } from '../../components/icons.ts'
import { Person } from '../../components/Marks.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { StatusText } from '../../components/Status.tsx'
import type { Column } from '../../components/table.ts'
import { useSay } from '../../components/Toast.tsx'
import { Bytes, RelativeTime } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { CopyDialog } from './CopyDialog.tsx'
import { OperationBar } from './OperationBar.tsx'
import { words } from './page-words.ts'
import { DeleteSnapshot, RestoreSnapshot, TakeSnapshot } from './snapshot-dialogs.tsx'
import { isOver, operationQuery, snapshotsQuery } from './workspace.queries.ts'
import css from './Workspace.module.css'

type Open = { what: 'take' } | { what: 'restore' | 'copy' | 'delete'; snapshot: WorkspaceSnapshot }

/** The files of the workspace as they were once: taken, put back, copied, deleted. */
export function SnapshotsTab({ workspace, project }: { workspace: Workspace; project: string }) {
  const list = useQuery(snapshotsQuery(useApi(), project, workspace.slug))
  const [open, setOpen] = useState<Open>()
  const [restoring, setRestoring] = useState<{ operation: string; name: string }>()
  const rows = list.data?.items ?? []
  const close = () => setOpen(undefined)
  const rests = workspace.state.status === 'stopped' || workspace.state.status === 'failed'
  const buttons = (snapshot: WorkspaceSnapshot) => (
    <SnapshotButtons snapshot={snapshot} rests={rests} onOpen={(what) => setOpen({ what, snapshot })} />
  )
  const state = (snapshot: WorkspaceSnapshot) => <SnapshotState snapshot={snapshot} project={project} />
  return (
    <Section
      title={words('tabs.snapshots')}
      {...(rows.length > 0 ? { count: rows.length } : {})}
      end={
        list.data?.can?.includes('create') ? (
          <Button size="sm" icon={PlusIcon} onClick={() => setOpen({ what: 'take' })}>
            {words('snapshots.take')}
          </Button>
        ) : undefined
      }
    >
      <p className={css.lead}>{words('snapshots.lead')}</p>
      {list.error ? <ProblemNotice problem={problemOf(list.error)} /> : null}
      {restoring ? <Restoring project={project} {...restoring} onDone={() => setRestoring(undefined)} /> : null}
      {list.data && rows.length === 0 ? (
        <p className={css.none}>{words('snapshots.none')}</p>
      ) : (
        <DataTable
          label={words('tabs.snapshots')}
          inset
          rows={rows}
          columns={columns(state, buttons)}
          rowId={(snapshot) => snapshot.id}
          rowName={(snapshot) => snapshot.name}
          loading={list.isPending}
          phone={(snapshot) => ({ name: snapshot.name, facts: state(snapshot), value: buttons(snapshot) })}
        />
      )}
      {open?.what === 'take' ? <TakeSnapshot workspace={workspace} project={project} onClose={close} /> : null}
      {open?.what === 'restore' ? (
        <RestoreSnapshot
          workspace={workspace}
          project={project}
          snapshot={open.snapshot}
          onClose={close}
          onBegun={(operation) => setRestoring({ operation, name: open.snapshot.name })}
        />
      ) : null}
      {open?.what === 'delete' ? (
        <DeleteSnapshot workspace={workspace} project={project} snapshot={open.snapshot} onClose={close} />
      ) : null}
      {open?.what === 'copy' ? (
        <CopyDialog workspace={workspace} project={project} snapshot={open.snapshot} onClose={close} />
      ) : null}
    </Section>
  )
}

const columns = (
  state: (snapshot: WorkspaceSnapshot) => React.ReactNode,
  buttons: (snapshot: WorkspaceSnapshot) => React.ReactNode,
): readonly Column<WorkspaceSnapshot>[] => [
  {
    id: 'name',
    header: words('snapshots.name'),
    width: 'minmax(140px, 1.4fr)',
    cell: (snapshot) => <b className={css.name}>{snapshot.name}</b>,
  },
  { id: 'size', header: words('snapshots.size'), width: 'minmax(110px, 1fr)', cell: state },
  {
    id: 'by',
    header: words('snapshots.by'),
    width: '110px',
    cell: (snapshot) => (snapshot.createdBy ? <Person name={snapshot.createdBy.name} first /> : null),
  },
  {
    id: 'when',
    header: words('snapshots.when'),
    width: '110px',
    align: 'right',
    cell: (snapshot) => <RelativeTime at={Date.parse(snapshot.createdAt)} />,
  },
  { id: 'actions', header: '', name: words('list.actions'), width: '232px', align: 'right', cell: buttons },
]

/** Its size, or how far it is, or why there is none. */
function SnapshotState({ snapshot, project }: { snapshot: WorkspaceSnapshot; project: string }) {
  if (snapshot.status === 'failed')
    return <StatusText status="failed">{words('snapshots.failed', { reason: snapshot.detail })}</StatusText>
  if (snapshot.status === 'taking' && snapshot.operation !== null)
    return <OperationBar project={project} id={snapshot.operation} label={words('snapshots.taking')} />
  return snapshot.sizeBytes === null ? null : <Bytes value={snapshot.sizeBytes} />
}

/** Files on their way back, until they are there. */
function Restoring({
  project,
  operation: id,
  name,
  onDone,
}: {
  project: string
  operation: string
  name: string
  onDone: () => void
}) {
  const say = useSay()
  const operation = useQuery(operationQuery(useApi(), project, id)).data
  const status = operation?.status
  useEffect(() => {
    if (status !== 'done') return
    say({ text: words('snapshots.restored', { name }) })
    onDone()
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- said once, when it is done
  }, [status])
  if (status !== undefined && isOver(status))
    return (
      <ProblemNotice
        problem={{
          code: operation?.error?.code ?? 'CANCELLED',
          title: words('snapshots.restoreTitle', { name }),
          detail: operation?.error?.detail,
        }}
      />
    )
  return (
    <div className={css.restoring}>
      <span>{words('snapshots.puttingBack')}</span>
      <OperationBar project={project} id={id} label={words('snapshots.restoring')} />
    </div>
  )
}

function SnapshotButtons({
  snapshot,
  rests,
  onOpen,
}: {
  snapshot: WorkspaceSnapshot
  rests: boolean
  onOpen: (what: 'restore' | 'copy' | 'delete') => void
}) {
  const { can, name } = snapshot
  return (
    <span className={css.actions}>
      {can.includes('restore') ? (
        <Button
          size="sm"
          aria-label={words('snapshots.restoreNamed', { name })}
          disabledBecause={!rests && words('snapshots.stopFirst')}
          onClick={() => onOpen('restore')}
        >
          {words('snapshots.restore')}
        </Button>
      ) : null}
      {can.includes('copy') ? (
        <Button
          size="sm"
          variant="ghost"
          aria-label={words('snapshots.copyNamed', { name })}
          onClick={() => onOpen('copy')}
        >
          {words('snapshots.copy')}
        </Button>
      ) : null}
      {can.includes('delete') ? (
        <Button
          size="sm"
          variant="ghost"
          aria-label={words('snapshots.deleteNamed', { name })}
          onClick={() => onOpen('delete')}
        >
          {words('snapshots.delete')}
        </Button>
      ) : null}
    </span>
  )
}
