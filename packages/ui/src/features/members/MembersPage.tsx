import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Member } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { useLater } from '../../components/Gauges.tsx'
import { LinkIcon, PlusIcon } from '../../components/icons.ts'
import { Badge, Person } from '../../components/Marks.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import type { Column } from '../../components/table.ts'
import { RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { membersQuery, useMe, useProject } from '../../lib/queries.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { usePaletteEntries } from '../../shell/palette.tsx'
import { members } from '../../text/en/members.ts'
import { pageText } from '../../text/t.ts'
import { AddMemberDialog } from './AddMemberDialog.tsx'
import { Invitations } from './Invitations.tsx'
import { InviteDialog } from './InviteDialog.tsx'
import { LeaveDialog } from './LeaveDialog.tsx'
import css from './Members.module.css'
import { RoleSelect } from './RoleSelect.tsx'
import { useMemberChanges } from './use-members.ts'

const t = pageText(members)

/** `/p/{project}/members` */
export function MembersPage() {
  const project = useProject()
  const me = useMe()
  const list = useQuery(membersQuery(useApi(), project.slug))
  const waiting = useLater(list.isPending)
  const [open, setOpen] = useState<'add' | 'invite' | 'leave'>()
  const { setRole, remove } = useMemberChanges(project.slug)
  const rows = list.data?.items ?? []
  const manages = project.can.includes('members:write')
  const close = () => setOpen(undefined)
  useCrumbs([{ label: project.name, to: addresses.project(project.slug) }, { label: t('members.title') }])
  usePaletteEntries(
    manages
      ? [
          { id: 'add-member', group: 'do', label: t('members.add'), icon: PlusIcon, run: () => setOpen('add') },
          { id: 'invite', group: 'do', label: t('invite.make'), icon: LinkIcon, run: () => setOpen('invite') },
        ]
      : [],
  )

  const columns: readonly Column<Member>[] = [
    {
      id: 'name',
      header: t('members.name'),
      width: 'minmax(180px, 2fr)',
      cell: ({ person }) => (
        <span className={css.person}>
          <Person name={person.name} size={24} />
          {person.id === me.id ? <Badge>{t('members.you')}</Badge> : null}
        </span>
      ),
    },
    {
      id: 'username',
      header: t('members.username'),
      width: 'minmax(110px, 1fr)',
      cell: ({ person }) => <code>{person.username}</code>,
    },
    {
      id: 'role',
      header: t('members.role'),
      width: '160px',
      cell: (member) => <RoleCell member={member} onChange={setRole} />,
    },
    {
      id: 'since',
      header: t('members.since'),
      width: '110px',
      align: 'right',
      cell: ({ since }) => <RelativeTime at={Date.parse(since)} />,
    },
    {
      id: 'actions',
      header: '',
      name: t('members.removeShort'),
      width: '120px',
      align: 'right',
      cell: (member) => {
        if (member.person.id === me.id) {
          return member.can.includes('leave') ? (
            <Button size="sm" variant="ghost" onClick={() => setOpen('leave')}>
              {t('members.leave')}
            </Button>
          ) : null
        }
        return member.can.includes('remove') ? (
          <Button
            size="sm"
            variant="ghost"
            aria-label={t('members.remove', { name: member.person.name })}
            onClick={() => void remove(member)}
          >
            {t('members.removeShort')}
          </Button>
        ) : null
      },
    },
  ]
  return (
    <PageLayout>
      <PageHeader
        title={t('members.title')}
        facts={rows.length > 0 ? t('members.count', { n: rows.length }) : undefined}
        actions={
          manages ? (
            <>
              <Button icon={LinkIcon} onClick={() => setOpen('invite')}>
                {t('invite.make')}
              </Button>
              <Button icon={PlusIcon} variant="primary" onClick={() => setOpen('add')}>
                {t('members.add')}
              </Button>
            </>
          ) : undefined
        }
      />
      {list.error ? (
        <PageBody>
          <ProblemNotice problem={problemOf(list.error)} />
        </PageBody>
      ) : (
        <DataTable
          label={t('members.title')}
          rows={rows}
          columns={columns}
          rowId={({ person }) => person.id}
          rowName={({ person }) => person.name}
          loading={waiting}
          phone={(member) => ({
            mark: <Person name={member.person.name} bare />,
            name: member.person.name,
            facts: member.person.username,
            value: <RoleCell member={member} onChange={setRole} />,
          })}
        />
      )}
      {manages ? (
        <PageBody>
          <Invitations project={project.slug} />
        </PageBody>
      ) : null}
      {open === 'add' ? (
        <AddMemberDialog project={project.slug} onClose={close} onInvite={() => setOpen('invite')} />
      ) : null}
      {open === 'invite' ? <InviteDialog project={project.slug} onClose={close} /> : null}
      {open === 'leave' ? <LeaveDialog project={project} onClose={close} /> : null}
    </PageLayout>
  )
}

function RoleCell({ member, onChange }: { member: Member; onChange: (member: Member, role: Member['role']) => void }) {
  if (!member.can.includes('change')) return t(`role.${member.role}`)
  return (
    <RoleSelect
      look="button"
      size="sm"
      label={t('members.roleOf', { name: member.person.name })}
      value={member.role}
      onChange={(role) => {
        if (role !== member.role) onChange(member, role)
      }}
    />
  )
}
