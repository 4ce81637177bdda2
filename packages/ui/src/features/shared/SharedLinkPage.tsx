import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { Button, ButtonLink } from '../../components/Button.tsx'
import { ExternalIcon } from '../../components/icons.ts'
import { ProblemNotice } from '../../components/Notice.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { format } from '../../lib/format.ts'
import { problemOf } from '../../lib/problem.ts'
import { meQuery } from '../../lib/queries.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import css from '../entry/Entry.module.css'
import { EntryFrame, EntryWord } from '../entry/EntryFrame.tsx'
import { linkPath, linkQuery, sharedWithMeQuery } from './shared.queries.ts'
import { words } from './words.ts'

/** `/app/shared#secret`: what a link to a workspace offers, the way in, and then the workspace. */
export function SharedLinkPage() {
  const secret = useLocation({ select: ({ hash }) => hash })
  const offer = useQuery(linkQuery(useApi(), secret))
  useCrumbs([{ label: offer.data ? words('link.title', { name: offer.data.workspace }) : words('app.name') }])
  if (secret === '')
    return (
      <EntryFrame>
        <EntryWord title={words('link.noSecret')}>{words('link.noSecretDetail')}</EntryWord>
      </EntryFrame>
    )
  if (offer.error)
    return (
      <EntryFrame>
        <EntryWord title={words('link.gone')}>{words('link.goneDetail')}</EntryWord>
      </EntryFrame>
    )
  if (!offer.data) return <EntryFrame>{null}</EntryFrame>
  const { workspace, owner, expiresAt } = offer.data
  return (
    <EntryFrame>
      <h1>{words('link.title', { name: workspace })}</h1>
      <p className={css.lead}>
        {words('link.lead', { owner })} {words('link.until', { when: format.exact(Date.parse(expiresAt)) })}
      </p>
      <Accept secret={secret} owner={owner} />
    </EntryFrame>
  )
}

function Accept({ secret, owner }: { secret: string; owner: string }) {
  const api = useApi()
  const queries = useQueryClient()
  const me = useQuery({ ...meQuery(api), retry: false })
  const accept = useMutation({
    mutationFn: () => api.workspaceShares.accept({ body: { secret } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: sharedWithMeQuery(api).queryKey }),
  })
  if (me.isPending) return null
  if (!me.data)
    return (
      <div className={css.action}>
        <ButtonLink variant="primary" to={addresses.login} search={{ to: linkPath(secret) }}>
          {words('link.signIn')}
        </ButtonLink>
      </div>
    )
  if (accept.data) {
    const { name, url, project } = accept.data
    return (
      <>
        <p className={css.lead}>{words('link.done')}</p>
        <div className={css.action}>
          <Button variant="primary" iconAfter={ExternalIcon} onClick={() => window.open(url, '_blank', 'noopener')}>
            {words('link.openNamed', { name })}
          </Button>
          <ButtonLink to={addresses.section(project, 'workspaces')}>{words('link.toList')}</ButtonLink>
        </div>
      </>
    )
  }
  return (
    <>
      {accept.error ? (
        <div className={css.form}>
          <ProblemNotice problem={problemOf(accept.error)} />
        </div>
      ) : null}
      <p className={css.lead}>{words('link.warning', { owner })}</p>
      <div className={css.action}>
        <Button
          variant="primary"
          busy={accept.isPending}
          busyLabel={words('link.accepting')}
          onClick={() => accept.mutate()}
        >
          {words('link.accept')}
        </Button>
      </div>
      <p className={css.below}>{words('link.as', { name: me.data.name })}</p>
    </>
  )
}
