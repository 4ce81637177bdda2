import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button } from '../../components/Button.tsx'
import { Badge } from '../../components/Marks.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { RelativeTime } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { account } from '../../text/en/account.ts'
import { pageText } from '../../text/t.ts'
import css from './Account.module.css'
import { describeBrowser } from './browser.ts'

const t = pageText(account)

/** Where the reader is signed in; each but this one can be ended. */
export function Sessions() {
  const api = useApi()
  const queries = useQueryClient()
  const list = useQuery({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => api.accounts.sessions({}, { signal }),
    meta: { live: ['account'] },
  })
  const end = useMutation({
    mutationFn: (id: string) => api.accounts.endSession({ params: { id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  })
  const error = list.error ?? end.error
  const sessions = (list.data?.items ?? []).toSorted((a, b) => Number(b.current) - Number(a.current))
  return (
    <Section title={t('account.sessions')} {...(list.data ? { count: sessions.length } : {})}>
      {error ? <ProblemNotice problem={problemOf(error)} /> : null}
      <ul className={css.sessions}>
        {sessions.map((session) => {
          const name = describeBrowser(session.userAgent) ?? t('account.unknownBrowser')
          return (
            <li key={session.id} className={css.session}>
              <b>{name}</b>
              <code>{session.address}</code>
              {session.current ? (
                <Badge>{t('account.thisSession')}</Badge>
              ) : (
                <span className={css.faint}>
                  {t('account.seen')} <RelativeTime at={Date.parse(session.lastSeenAt)} />
                </span>
              )}
              {session.current ? null : (
                <Button
                  size="sm"
                  variant="ghost"
                  aria-label={t('account.endLabel', { name })}
                  onClick={() => end.mutate(session.id)}
                >
                  {t('account.end')}
                </Button>
              )}
            </li>
          )
        })}
      </ul>
    </Section>
  )
}
