import type { Workspace } from '@mllab/sdk'
import { Button } from '../../../components/Button.tsx'
import { Notice, ProblemNotice } from '../../../components/Notice.tsx'
import { Section } from '../../../components/Page.tsx'
import { PropertyList } from '../../../components/PropertyList.tsx'
import { problemOf } from '../../../lib/problem.ts'
import { useWorkspace } from '../workspace.queries.ts'
import page from '../Workspace.module.css'
import { pendingRows } from './pending-rows.ts'
import { SettingsForm } from './SettingsForm.tsx'
import { words } from './words.ts'

/** What it is made of and what it may use: what is in effect, what waits for the next start, and the form that changes it. */
export function SettingsTab({ workspace, project }: { workspace: Workspace; project: string }) {
  const { restart, discard } = useWorkspace(project, workspace.slug)
  const { pending, can, owner } = workspace
  const problem = restart.error ?? discard.error
  return (
    <>
      {problem ? <ProblemNotice problem={problemOf(problem)} /> : null}
      {pending ? (
        <Section
          title={words('pending.title')}
          end={
            can.includes('start') ? (
              <>
                {can.includes('change') ? (
                  <Button
                    size="sm"
                    variant="ghost"
                    busy={discard.isPending}
                    busyLabel={words('pending.discarding')}
                    onClick={() => discard.mutate()}
                  >
                    {words('pending.discard')}
                  </Button>
                ) : null}
                <Button
                  size="sm"
                  variant="primary"
                  busy={restart.isPending}
                  busyLabel={words('restarting')}
                  onClick={() => restart.mutate()}
                >
                  {words('restart')}
                </Button>
              </>
            ) : undefined
          }
        >
          <PropertyList framed properties={pendingRows(workspace)} />
        </Section>
      ) : null}
      <Section title={words('tabs.settings')}>
        <p className={page.lead}>{words('settings.lead')}</p>
        {can.includes('change') ? null : (
          <Notice tone="plain">{words('settings.limitsOnly', { name: owner.name })}</Notice>
        )}
        <SettingsForm key={workspace.version} workspace={workspace} project={project} />
      </Section>
    </>
  )
}
