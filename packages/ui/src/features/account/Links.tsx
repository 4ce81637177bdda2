import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button } from '../../components/Button.tsx'
import { Link } from '../../components/Link.tsx'
import { Badge } from '../../components/Marks.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { account } from '../../text/en/account.ts'
import { pageText } from '../../text/t.ts'
import css from './Account.module.css'

const t = pageText(account)

/** Links into services that were made for the reader, where services have no origins of their own; each can be ended. */
export function Links() {
  const api = useApi()
  const queries = useQueryClient()
  const list = useQuery({ queryKey: ['app-links'], queryFn: ({ signal }) => api.apps.links({}, { signal }) })
  const revoke = useMutation({
    mutationFn: (id: string) => api.apps.revokeLink({ params: { id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['app-links'] }),
  })
  const links = list.data?.items ?? []
  const error = list.error ?? revoke.error
  return (
    <Section title={t('links.title')} {...(links.length > 0 ? { count: links.length } : {})}>
      <p className={css.lead}>{t('links.lead')}</p>
      {error ? <ProblemNotice problem={problemOf(error)} /> : null}
      {list.data && links.length === 0 ? <p className={css.none}>{t('links.none')}</p> : null}
      <ul className={css.sessions}>
        {links.map((link) => (
          <li key={link.id} className={css.session}>
            <b>
              <Link plain to={addresses.object(link.project, 'services', link.service)}>
                {link.service}
              </Link>
            </b>
            <code>
              {link.project}, {link.port}
            </code>
            {link.current ? <Badge>{t('account.thisSession')}</Badge> : null}
            <span className={css.faint}>
              {t('links.ends')} <RelativeTime at={Date.parse(link.expiresAt)} />
            </span>
            <Button
              size="sm"
              variant="ghost"
              aria-label={t('tokens.revokeNamed', { name: link.service })}
              onClick={() => revoke.mutate(link.id)}
            >
              {t('tokens.revoke')}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  )
}
