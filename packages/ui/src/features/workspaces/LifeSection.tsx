import type { Workspace } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { ChevronDownIcon } from '../../components/icons.ts'
import { Menu } from '../../components/Menu.tsx'
import { Notice, ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { useSay } from '../../components/Toast.tsx'
import { RelativeTime, useNow } from '../../components/Values.tsx'
import { format } from '../../lib/format.ts'
import { problemOf } from '../../lib/problem.ts'
import { lifeLines } from './life-lines.ts'
import { words } from './page-words.ts'
import { useWorkspace } from './workspace.queries.ts'
import css from './Workspace.module.css'

const hoursToKeep = [1, 4, 12, 24] as const
const daysToKeep = 7

/** What will happen to it and when, and the ways to put that off. In the aside. */
export function LifeSection({ workspace, project }: { workspace: Workspace; project: string }) {
  const { life, state, can } = workspace
  const now = useNow()
  const { keep } = useWorkspace(project, workspace.slug)
  const say = useSay()
  const runs = state.status === 'running' || state.status === 'unhealthy'
  const lines = lifeLines(life, now)
  const mayKeep = can.includes('keep')
  const puttable = runs && (life.suspendAfterMinutes > 0 || life.stopAfterHours > 0)
  return (
    <Section
      title={words('life.title')}
      end={
        mayKeep && puttable ? (
          <Menu
            align="end"
            label={words('life.keep')}
            items={hoursToKeep.map((hours) => ({
              label: words('life.keepFor', { n: hours }),
              onSelect: () =>
                keep.mutate({ hours }, { onSuccess: () => say({ text: words('life.kept', { n: hours }) }) }),
            }))}
            trigger={(trigger) => (
              <Button {...trigger} size="sm" iconAfter={ChevronDownIcon} busy={keep.isPending}>
                {words('life.keep')}
              </Button>
            )}
          />
        ) : undefined
      }
    >
      <PropertyList
        properties={[
          ...(life.busy === '' ? [] : [{ name: words('life.busy'), value: life.busy }]),
          { name: words('life.active'), value: <RelativeTime at={Date.parse(life.activeAt)} /> },
          ...(life.suspendedAt === null
            ? []
            : [
                {
                  name: words('suspended'),
                  value: words('life.suspendedText', { when: format.relative(Date.parse(life.suspendedAt), now) }),
                },
              ]),
          ...lines.map(({ name, text, at }) => ({ name, value: <span data-tip={format.exact(at)}>{text}</span> })),
          ...(lines.length === 0 && life.suspendedAt === null
            ? [{ name: '', value: words(runs ? 'life.never' : 'life.neverNow') }]
            : []),
        ]}
      />
      {mayKeep && life.expiresAt !== null && life.expiredAt === null ? (
        <Button
          size="sm"
          className={css.below}
          busy={keep.isPending}
          onClick={() => keep.mutate({ days: daysToKeep }, { onSuccess: () => say({ text: words('life.longer') }) })}
        >
          {words('life.moreDays')}
        </Button>
      ) : null}
      {keep.error ? <ProblemNotice problem={problemOf(keep.error)} /> : null}
    </Section>
  )
}

/** On top of the page of one that has expired: it goes, unless somebody keeps it. */
export function ExpiredNotice({ workspace, project }: { workspace: Workspace; project: string }) {
  const { life, can } = workspace
  const now = useNow()
  const { keep } = useWorkspace(project, workspace.slug)
  if (life.expiredAt === null || life.deletedAt === null) return null
  return (
    <Notice
      tone="warn"
      action={
        can.includes('keep') ? (
          <Button
            size="sm"
            busy={keep.isPending}
            busyLabel={words('life.keeping')}
            onClick={() => keep.mutate({ days: daysToKeep })}
          >
            {words('life.bringBack')}
          </Button>
        ) : undefined
      }
    >
      {words('life.expiredNotice', { when: format.relative(Date.parse(life.deletedAt), now) })}
    </Notice>
  )
}
