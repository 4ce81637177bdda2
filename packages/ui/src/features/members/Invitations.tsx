import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Invitation } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { LinkIcon } from '../../components/icons.ts'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { RelativeTime } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { members } from '../../text/en/members.ts'
import { pageText } from '../../text/t.ts'
import css from './Members.module.css'
import { invitationsQuery } from './members.queries.ts'

const t = pageText(members)

/** Links that somebody can still join by. */
export function Invitations({ project }: { project: string }) {
  const api = useApi()
  const queries = useQueryClient()
  const list = useQuery(invitationsQuery(api, project))
  const withdraw = useMutation({
    mutationFn: (id: string) => api.projects.withdrawInvitation({ params: { project, id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: invitationsQuery(api, project).queryKey }),
  })
  const open = list.data?.items.filter(({ acceptedBy }) => acceptedBy === null) ?? []
  const error = list.error ?? withdraw.error
  if (!error && open.length === 0) return null
  return (
    <Section title={t('invite.open')} count={open.length}>
      {error ? <ProblemNotice problem={problemOf(error)} /> : null}
      <ul className={css.invitations}>
        {open.map((invitation) => (
          <Line key={invitation.id} invitation={invitation} onWithdraw={() => withdraw.mutate(invitation.id)} />
        ))}
      </ul>
    </Section>
  )
}

function Line({ invitation, onWithdraw }: { invitation: Invitation; onWithdraw: () => void }) {
  const role = t(`role.${invitation.role}`)
  return (
    <li className={css.invitation}>
      <LinkIcon aria-hidden />
      <b>{role}</b>
      <span className={css.faint}>
        {t('invite.by', { name: invitation.createdBy.name })}, {t('invite.expires')}{' '}
        <RelativeTime at={Date.parse(invitation.expiresAt)} />
      </span>
      <Button size="sm" variant="ghost" aria-label={t('invite.withdrawLabel', { role })} onClick={onWithdraw}>
        {t('invite.withdraw')}
      </Button>
    </li>
  )
}
