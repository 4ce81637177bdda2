import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import type { User } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { useLater } from '../../components/Gauges.tsx'
import { PlusIcon } from '../../components/icons.ts'
import { SearchInput } from '../../components/Input.tsx'
import { Person } from '../../components/Marks.tsx'
import { EmptyState, Notice, ProblemNotice } from '../../components/Notice.tsx'
import { PageHeader, PageLayout } from '../../components/Page.tsx'
import { RelativeTime } from '../../components/Values.tsx'
import { type LabApi, useApi } from '../../lib/api.ts'
import { keysetPages, rowsOf } from '../../lib/pages.ts'
import { problemOf } from '../../lib/problem.ts'
import { useMe } from '../../lib/queries.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { MissingPage } from '../../shell/ErrorPage.tsx'
import { usePaletteEntries } from '../../shell/palette.tsx'
import { admin } from '../../text/en/admin.ts'
import { pageText } from '../../text/t.ts'
import { AddUserDialog } from './AddUserDialog.tsx'
import css from './Admin.module.css'
import { DeleteDialog } from './DeleteDialog.tsx'
import { DisableDialog } from './DisableDialog.tsx'
import { PasswordDialog } from './PasswordDialog.tsx'
import { useUserChange } from './use-user-change.ts'
import { userColumns, type UserAction, UserMenu } from './user-columns.tsx'

const t = pageText(admin)

/** `/app/admin/users`; for whoever is no administrator there is nothing at this address. */
export function UsersPage() {
  return useMe().admin ? <Users /> : <MissingPage />
}

function Users() {
  const me = useMe()
  const [search, setSearch] = useSearchState()
  const text = one(search, 'find') ?? ''
  const list = useInfiniteQuery({ ...usersQuery(useApi(), useDeferredValue(text)), placeholderData: keepPreviousData })
  const waiting = useLater(list.isPending)
  const [open, setOpen] = useState<{ what: 'add' } | { what: 'password' | 'disable' | 'delete'; user: User }>()
  const change = useUserChange()
  const { rows } = rowsOf(list.data)
  const act = (user: User, action: UserAction) => {
    if (action === 'password' || action === 'disable' || action === 'delete') return setOpen({ what: action, user })
    change.mutate({ id: user.id, ...(action === 'enable' ? { status: 'active' } : { admin: action === 'promote' }) })
  }
  const close = () => setOpen(undefined)
  useCrumbs([{ label: t('projects.admin') }, { label: t('users.title') }])
  usePaletteEntries([
    { id: 'add-user', group: 'do', label: t('users.add'), icon: PlusIcon, run: () => setOpen({ what: 'add' }) },
  ])
  return (
    <PageLayout>
      <PageHeader
        title={t('users.title')}
        facts={
          rows.length > 0 ? t(list.hasNextPage ? 'users.countMore' : 'users.count', { n: rows.length }) : undefined
        }
        actions={
          <Button variant="primary" icon={PlusIcon} onClick={() => setOpen({ what: 'add' })}>
            {t('users.add')}
          </Button>
        }
      />
      <Requests users={rows.filter(({ status }) => status === 'pending')} onAnswer={change.mutate} />
      {list.error || change.error ? (
        <div className={css.notices}>
          <ProblemNotice problem={problemOf(list.error ?? change.error)} />
        </div>
      ) : null}
      <div className={css.tools}>
        <SearchInput
          className={css.search}
          value={text}
          onChange={(find) => setSearch({ find: find || undefined })}
          placeholder={t('users.find')}
          aria-label={t('users.find')}
          data-filter=""
        />
      </div>
      <DataTable
        label={t('users.title')}
        fill
        rows={rows}
        columns={userColumns(me.id, act)}
        rowId={(user) => user.id}
        rowName={(user) => user.name}
        loading={waiting || list.isFetchingNextPage}
        hasMore={list.hasNextPage}
        onEnd={() => void list.fetchNextPage()}
        empty={list.data ? <EmptyState title={t('users.noMatch', { text })} /> : undefined}
        phone={(user) => ({
          mark: <Person name={user.name} bare />,
          name: user.name,
          facts: [
            user.username,
            ...(user.admin ? [t('users.administrator')] : []),
            ...(user.status === 'active' ? [] : [t(`users.${user.status}`)]),
          ].join(' · '),
          value: <UserMenu user={user} me={me.id} onAction={act} />,
        })}
      />
      {open?.what === 'add' ? <AddUserDialog onClose={close} /> : null}
      {open?.what === 'password' ? <PasswordDialog user={open.user} onClose={close} /> : null}
      {open?.what === 'delete' ? <DeleteDialog user={open.user} onClose={close} /> : null}
      {open?.what === 'disable' ? <DisableDialog user={open.user} onClose={close} /> : null}
    </PageLayout>
  )
}

interface RequestsProps {
  users: readonly User[]
  onAnswer: (answer: { id: string; status: 'active' | 'disabled' }) => void
}

/** Who registered and waits, on top: the only thing here that needs somebody. */
function Requests({ users, onAnswer }: RequestsProps) {
  if (users.length === 0) return null
  return (
    <div className={css.notices}>
      {users.map((user) => (
        <Notice
          key={user.id}
          tone="plain"
          leading={<Person name={user.name} bare />}
          action={
            <>
              <Button
                size="sm"
                variant="primary"
                aria-label={t('users.approveNamed', { name: user.name })}
                onClick={() => onAnswer({ id: user.id, status: 'active' })}
              >
                {t('users.approve')}
              </Button>
              <Button
                size="sm"
                aria-label={t('users.refuseNamed', { name: user.name })}
                onClick={() => onAnswer({ id: user.id, status: 'disabled' })}
              >
                {t('users.refuse')}
              </Button>
            </>
          }
        >
          <b>{user.name}</b> <Waits user={user} />
        </Notice>
      ))}
    </div>
  )
}

function Waits({ user }: { user: User }) {
  const [before, after] = t('users.waits', { when: '\u0000' }).split('\u0000')
  return (
    <>
      {before}
      <RelativeTime at={Date.parse(user.createdAt)} />
      {after}
    </>
  )
}

const usersQuery = (api: LabApi, search: string) => ({
  queryKey: ['users', search],
  queryFn: ({ pageParam, signal }: { pageParam: string | undefined; signal: AbortSignal }) =>
    api.accounts.users(
      { query: { ...(search ? { search } : {}), ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
      { signal },
    ),
  ...keysetPages,
  meta: { live: ['account'] },
})
