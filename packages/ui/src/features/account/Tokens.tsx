import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Token } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { useLater } from '../../components/Gauges.tsx'
import { KeyIcon } from '../../components/icons.ts'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import type { Column } from '../../components/table.ts'
import { RelativeTime } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { keysetPages, rowsOf } from '../../lib/pages.ts'
import { problemOf } from '../../lib/problem.ts'
import { useMe } from '../../lib/queries.ts'
import { account } from '../../text/en/account.ts'
import { pageText } from '../../text/t.ts'
import css from './Account.module.css'
import { TokenDialog } from './TokenDialog.tsx'

const t = pageText(account)

/** Tokens of the reader, or of a project he owns. */
export function Tokens({ project }: { project?: string }) {
  const me = useMe()
  const list = useTokens(project)
  const waiting = useLater(list.isPending)
  const [making, setMaking] = useState(false)
  const [revoking, setRevoking] = useState<Token>()
  const { rows } = rowsOf(list.data)
  return (
    <Section
      title={t('tokens.title')}
      {...(rows.length > 0 ? { count: rows.length } : {})}
      end={
        <Button size="sm" icon={KeyIcon} onClick={() => setMaking(true)}>
          {t('tokens.create')}
        </Button>
      }
    >
      <p className={css.lead}>{t(project === undefined ? 'tokens.lead' : 'tokens.projectLead')}</p>
      {list.error ? (
        <ProblemNotice problem={problemOf(list.error)} />
      ) : list.data && rows.length === 0 ? (
        <p className={css.none}>{t('tokens.none')}</p>
      ) : (
        <DataTable
          label={t('tokens.title')}
          inset
          rows={rows}
          columns={columns(setRevoking)}
          rowId={(token) => token.id}
          rowName={(token) => token.name}
          loading={waiting}
          phone={(token) => ({ name: token.name, facts: token.scopes.join(', '), value: <Revoke token={token} onRevoke={setRevoking} /> })} // prettier-ignore
        />
      )}
      {list.hasNextPage ? (
        <Button size="sm" variant="ghost" onClick={() => void list.fetchNextPage()}>
          {t('nav.more')}
        </Button>
      ) : null}
      {making ? (
        <TokenDialog
          {...(project === undefined ? {} : { project })}
          admin={me.admin}
          onClose={() => setMaking(false)}
        />
      ) : null}
      {revoking ? <RevokeDialog token={revoking} project={project} onClose={() => setRevoking(undefined)} /> : null}
    </Section>
  )
}

function useTokens(project: string | undefined) {
  const api = useApi()
  return useInfiniteQuery({
    queryKey: ['tokens', project ?? null],
    queryFn: ({ pageParam, signal }) =>
      api.accounts.tokens(
        {
          query: {
            ...(project === undefined ? {} : { project }),
            ...(pageParam === undefined ? {} : { cursor: pageParam }),
          },
        },
        { signal },
      ),
    ...keysetPages,
    meta: { live: ['token'] },
  })
}

const columns = (onRevoke: (token: Token) => void): readonly Column<Token>[] => [
  {
    id: 'name',
    header: t('tokens.name'),
    width: 'minmax(140px, 2fr)',
    cell: (token) => <b className={css.tokenName}>{token.name}</b>,
  },
  {
    id: 'scopes',
    header: t('tokens.scopes'),
    width: '100px',
    cell: (token) => <span data-tip={token.scopes.join(', ')}>{t('tokens.all', { n: token.scopes.length })}</span>,
  },
  {
    id: 'used',
    header: t('tokens.used'),
    width: '110px',
    align: 'right',
    cell: (token) =>
      token.lastUsedAt === null ? t('tokens.notUsed') : <RelativeTime at={Date.parse(token.lastUsedAt)} />,
  },
  {
    id: 'expires',
    header: t('tokens.expires'),
    width: '110px',
    align: 'right',
    cell: (token) => (token.expiresAt === null ? t('tokens.never') : <RelativeTime at={Date.parse(token.expiresAt)} />),
  },
  {
    id: 'revoke',
    header: '',
    name: t('tokens.revoke'),
    width: '100px',
    align: 'right',
    cell: (token) => <Revoke token={token} onRevoke={onRevoke} />,
  },
]

function Revoke({ token, onRevoke }: { token: Token; onRevoke: (token: Token) => void }) {
  return (
    <Button
      size="sm"
      variant="ghost"
      aria-label={t('tokens.revokeNamed', { name: token.name })}
      onClick={() => onRevoke(token)}
    >
      {t('tokens.revoke')}
    </Button>
  )
}

function RevokeDialog({ token, project, onClose }: { token: Token; project: string | undefined; onClose: () => void }) {
  const api = useApi()
  const queries = useQueryClient()
  const [error, setError] = useState<unknown>()
  async function revoke() {
    try {
      await api.accounts.revokeToken({ params: { id: token.id } })
    } catch (caught) {
      setError(caught)
      throw caught
    }
    await queries.invalidateQueries({ queryKey: ['tokens', project ?? null] })
  }
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t('tokens.revokeNamed', { name: token.name })}
      action={t('tokens.revoke')}
      busyLabel={t('tokens.revoking')}
      onConfirm={revoke}
      error={error ? <ProblemNotice problem={problemOf(error)} /> : undefined}
    >
      <p>{t('tokens.revokeText')}</p>
    </ConfirmDialog>
  )
}
