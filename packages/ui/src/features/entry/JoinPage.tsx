import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation, useNavigate } from '@tanstack/react-router'
import { Button, ButtonLink } from '../../components/Button.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { format } from '../../lib/format.ts'
import { problemOf } from '../../lib/problem.ts'
import { meQuery, projectsQuery } from '../../lib/queries.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { entry } from '../../text/en/entry.ts'
import { pageText } from '../../text/t.ts'
import css from './Entry.module.css'
import { EntryFrame, EntryWord } from './EntryFrame.tsx'
import { invitationQuery, joinPath } from './invitation.ts'

const t = pageText(entry)

/** `/app/join#secret`: what an invitation offers, and the way to take it, signed in or not. */
export function JoinPage() {
  const api = useApi()
  const secret = useLocation({ select: ({ hash }) => hash })
  const offer = useQuery(invitationQuery(api, secret))
  useCrumbs([{ label: offer.data ? t('join.title', { project: offer.data.project }) : t('app.name') }])

  if (secret === '') {
    return (
      <EntryFrame>
        <EntryWord title={t('join.noSecret')}>{t('join.noSecretDetail')}</EntryWord>
      </EntryFrame>
    )
  }
  if (offer.error) {
    return (
      <EntryFrame>
        <EntryWord title={t('join.gone')}>{t('join.goneDetail')}</EntryWord>
      </EntryFrame>
    )
  }
  if (!offer.data) return <EntryFrame>{null}</EntryFrame>
  const { project, invitedBy, role, expiresAt } = offer.data
  return (
    <EntryFrame>
      <h1>{t('join.title', { project })}</h1>
      <p className={css.lead}>
        {t('join.lead', { name: invitedBy, role: t(`role.${role}`) })}{' '}
        {t('join.until', { when: format.exact(Date.parse(expiresAt)) })}
      </p>
      <Accept secret={secret} project={project} />
    </EntryFrame>
  )
}

function Accept({ secret, project }: { secret: string; project: string }) {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const me = useQuery({ ...meQuery(api), retry: false })
  const accept = useMutation({
    mutationFn: () => api.projects.acceptInvitation({ body: { secret } }),
    onSuccess: async ({ slug }) => {
      await queries.invalidateQueries({ queryKey: projectsQuery(api).queryKey })
      await navigate({ to: addresses.project(slug), replace: true })
    },
  })
  if (me.isPending) return null
  if (!me.data) {
    return (
      <div className={css.action}>
        <ButtonLink variant="primary" to={addresses.login} search={{ to: joinPath(secret) }}>
          {t('join.signIn')}
        </ButtonLink>
        <ButtonLink to={addresses.register} hash={secret}>
          {t('entry.createAccount')}
        </ButtonLink>
      </div>
    )
  }
  return (
    <>
      {accept.error ? (
        <div className={css.form}>
          <ProblemNotice problem={problemOf(accept.error)} />
        </div>
      ) : null}
      <div className={css.action}>
        <Button variant="primary" busy={accept.isPending} busyLabel={t('join.busy')} onClick={() => accept.mutate()}>
          {t('join.submit', { project })}
        </Button>
      </div>
      <p className={css.below}>{t('join.as', { name: me.data.name })}</p>
    </>
  )
}
