import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Workspace, WorkspaceShare } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { LinkIcon, UserIcon } from '../../components/icons.ts'
import { Person } from '../../components/Marks.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import type { Column } from '../../components/table.ts'
import { useSay } from '../../components/Toast.tsx'
import { RelativeTime } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { LinkDialog } from './LinkDialog.tsx'
import { words } from './page-words.ts'
import { ShareDialog } from './ShareDialog.tsx'
import { sharesQuery, useWorkspace } from './workspace.queries.ts'
import css from './Workspace.module.css'

/** Who is let in besides the owner: people, and whoever has a link. For the owner. */
export function SharingTab({ workspace, project }: { workspace: Workspace; project: string }) {
  const list = useQuery(sharesQuery(useApi(), project, workspace.slug))
  const { unshare } = useWorkspace(project, workspace.slug)
  const [open, setOpen] = useState<'person' | 'link'>()
  const say = useSay()
  const rows = list.data?.items ?? []
  const close = () => setOpen(undefined)
  const revoke = (share: WorkspaceShare) =>
    unshare.mutate(share.id, { onSuccess: () => say({ text: words('sharing.revoked', { name: nameOf(share) }) }) })
  const error = list.error ?? unshare.error
  return (
    <Section
      title={words('tabs.sharing')}
      end={
        <>
          <Button size="sm" icon={LinkIcon} onClick={() => setOpen('link')}>
            {words('sharing.link')}
          </Button>
          <Button size="sm" icon={UserIcon} onClick={() => setOpen('person')}>
            {words('sharing.person')}
          </Button>
        </>
      }
    >
      <p className={css.lead}>{words('sharing.lead')}</p>
      {error ? <ProblemNotice problem={problemOf(error)} /> : null}
      {list.data && rows.length === 0 ? (
        <p className={css.none}>{words('sharing.none')}</p>
      ) : (
        <DataTable
          label={words('tabs.sharing')}
          inset
          rows={rows}
          columns={columns(revoke)}
          rowId={(share) => share.id}
          rowName={nameOf}
          loading={list.isPending}
          phone={(share) => ({
            name: <Who share={share} />,
            facts: (
              <>
                {whatOf(share)} · <Until share={share} />
              </>
            ),
            value: <Revoke share={share} onRevoke={revoke} />,
          })}
        />
      )}
      {open === 'person' ? <ShareDialog workspace={workspace} project={project} onClose={close} /> : null}
      {open === 'link' ? <LinkDialog workspace={workspace} project={project} onClose={close} /> : null}
    </Section>
  )
}

const columns = (onRevoke: (share: WorkspaceShare) => void): readonly Column<WorkspaceShare>[] => [
  { id: 'who', header: words('sharing.who'), width: 'minmax(180px, 1.4fr)', cell: (share) => <Who share={share} /> },
  { id: 'what', header: words('sharing.what'), width: 'minmax(150px, 1fr)', cell: whatOf },
  { id: 'until', header: words('sharing.until'), width: '120px', cell: (share) => <Until share={share} /> },
  {
    id: 'revoke',
    header: '',
    name: words('sharing.revoke'),
    width: '96px',
    align: 'right',
    cell: (share) => <Revoke share={share} onRevoke={onRevoke} />,
  },
]

const nameOf = (share: WorkspaceShare) => share.person?.name ?? words('sharing.anyone')

const whatOf = (share: WorkspaceShare) =>
  share.port === null ? words('sharing.whole') : words('sharing.onlyPort', { name: share.port })

function Who({ share }: { share: WorkspaceShare }) {
  if (share.person === null)
    return (
      <span className={css.withIcon}>
        <LinkIcon aria-hidden /> {words('sharing.anyone')}
      </span>
    )
  return (
    <span className={css.withIcon}>
      <Person name={share.person.name} />
      {share.link === null ? null : <small>{words('sharing.byLink')}</small>}
    </span>
  )
}

function Until({ share }: { share: WorkspaceShare }) {
  return share.expiresAt === null ? words('sharing.forEver') : <RelativeTime at={Date.parse(share.expiresAt)} />
}

function Revoke({ share, onRevoke }: { share: WorkspaceShare; onRevoke: (share: WorkspaceShare) => void }) {
  if (!share.can.includes('delete')) return null
  return (
    <Button
      size="sm"
      variant="ghost"
      aria-label={words('sharing.revokeNamed', { name: nameOf(share) })}
      onClick={() => onRevoke(share)}
    >
      {words('sharing.revoke')}
    </Button>
  )
}
