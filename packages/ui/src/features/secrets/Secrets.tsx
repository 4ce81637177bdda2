import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Secret } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { useLater } from '../../components/Gauges.tsx'
import { KeyIcon } from '../../components/icons.ts'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import type { Column } from '../../components/table.ts'
import { useSay } from '../../components/Toast.tsx'
import { RelativeTime } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { SecretDialog } from './SecretDialog.tsx'
import css from './Secrets.module.css'
import { type SecretOwner, secretsQuery, useSecretActions } from './secrets.queries.ts'
import { words } from './words.ts'

type Open = { what: 'add' } | { what: 'replace' | 'delete'; secret: Secret }

/** The secrets of a project, or the reader's own: their names, never their values. */
export function Secrets({ owner }: { owner: SecretOwner }) {
  const list = useQuery(secretsQuery(useApi(), owner))
  const waiting = useLater(list.isPending)
  const [open, setOpen] = useState<Open>()
  const say = useSay()
  const rows = list.data?.items ?? []
  const close = () => setOpen(undefined)
  const mayAdd = owner === 'me' || list.data?.can?.includes('create') !== false
  return (
    <Section
      title={words('title')}
      {...(rows.length > 0 ? { count: rows.length } : {})}
      end={
        mayAdd ? (
          <Button size="sm" icon={KeyIcon} onClick={() => setOpen({ what: 'add' })}>
            {words('add')}
          </Button>
        ) : undefined
      }
    >
      <p className={css.lead}>{words(owner === 'me' ? 'ownLead' : 'lead')}</p>
      {list.error ? (
        <ProblemNotice problem={problemOf(list.error)} />
      ) : list.data && rows.length === 0 ? (
        <p className={css.none}>{words('none')}</p>
      ) : (
        <DataTable
          label={words('title')}
          inset
          height="twoLines"
          rows={rows}
          columns={columns(setOpen)}
          rowId={(secret) => secret.name}
          rowName={(secret) => secret.name}
          loading={waiting}
          phone={(secret) => ({
            name: <code>{secret.name}</code>,
            facts: <Used secret={secret} />,
            value: <Actions secret={secret} onOpen={setOpen} />,
          })}
        />
      )}
      {open?.what === 'add' ? <SecretDialog owners={[owner]} onClose={close} /> : null}
      {open?.what === 'replace' ? (
        <SecretDialog
          owners={[owner]}
          name={open.secret.name}
          onClose={close}
          onDone={({ name }) => say({ text: words('replaced', { name }) })}
        />
      ) : null}
      {open?.what === 'delete' ? <DeleteDialog owner={owner} secret={open.secret} onClose={close} /> : null}
    </Section>
  )
}

function DeleteDialog({ owner, secret, onClose }: { owner: SecretOwner; secret: Secret; onClose: () => void }) {
  const { remove } = useSecretActions()
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={words('deleteTitle', { name: secret.name })}
      action={words('delete')}
      busyLabel={words('deleting')}
      onConfirm={() => remove.mutateAsync({ owner, name: secret.name })}
      error={remove.error ? <ProblemNotice problem={problemOf(remove.error)} /> : undefined}
    >
      <p>{words('deleteText')}</p>
    </ConfirmDialog>
  )
}

const columns = (onOpen: (open: Open) => void): readonly Column<Secret>[] => [
  {
    id: 'name',
    header: words('name'),
    width: 'minmax(140px, 2fr)',
    cell: (secret) => (
      <span className={css.name}>
        <code>{secret.name}</code>
        {secret.description === '' ? null : <small>{secret.description}</small>}
      </span>
    ),
  },
  {
    id: 'changed',
    header: words('changed'),
    width: '108px',
    align: 'right',
    cell: (secret) => <RelativeTime at={Date.parse(secret.updatedAt)} />,
  },
  {
    id: 'used',
    header: words('used'),
    width: '108px',
    align: 'right',
    cell: (secret) => <LastUsed secret={secret} />,
  },
  {
    id: 'actions',
    header: '',
    name: words('replace'),
    width: '148px',
    align: 'right',
    cell: (secret) => <Actions secret={secret} onOpen={onOpen} />,
  },
]

function LastUsed({ secret }: { secret: Secret }) {
  return secret.lastUsedAt === null ? words('notUsed') : <RelativeTime at={Date.parse(secret.lastUsedAt)} />
}

function Used({ secret }: { secret: Secret }) {
  return (
    <>
      {words('used')} <LastUsed secret={secret} />
    </>
  )
}

function Actions({ secret, onOpen }: { secret: Secret; onOpen: (open: Open) => void }) {
  return (
    <span className={css.actions}>
      {secret.can.includes('change') ? (
        <Button
          size="sm"
          variant="ghost"
          aria-label={words('replaceNamed', { name: secret.name })}
          onClick={() => onOpen({ what: 'replace', secret })}
        >
          {words('replace')}
        </Button>
      ) : null}
      {secret.can.includes('delete') ? (
        <Button
          size="sm"
          variant="ghost"
          aria-label={words('deleteNamed', { name: secret.name })}
          onClick={() => onOpen({ what: 'delete', secret })}
        >
          {words('delete')}
        </Button>
      ) : null}
    </span>
  )
}
