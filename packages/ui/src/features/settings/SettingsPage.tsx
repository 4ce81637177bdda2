import { PageBody, PageHeader, PageLayout, Section } from '../../components/Page.tsx'
import { Person } from '../../components/Marks.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { useProject } from '../../lib/queries.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { settings } from '../../text/en/settings.ts'
import { pageText } from '../../text/t.ts'
import { Tokens } from '../account/Tokens.tsx'
import { Secrets } from '../secrets/Secrets.tsx'
import { DeleteProject } from './DeleteProject.tsx'
import { General } from './General.tsx'
import css from './Settings.module.css'

const t = pageText(settings)

/** `/p/{project}/settings` */
export function SettingsPage() {
  const project = useProject()
  const mayWrite = project.can.includes('project:write')
  useCrumbs([{ label: project.name, to: addresses.project(project.slug) }, { label: t('settings.title') }])
  return (
    <PageLayout centred>
      <PageHeader title={t('settings.title')} below={mayWrite ? undefined : t('settings.readOnly')} />
      <PageBody>
        {mayWrite ? <General key={project.id} project={project} /> : null}
        <Section title={t('settings.facts')}>
          <div className={css.facts}>
            <PropertyList
              properties={[
                ...(mayWrite
                  ? []
                  : [
                      { name: t('settings.name'), value: project.name },
                      { name: t('settings.description'), value: project.description || t('common.none') },
                      { name: t('settings.address'), value: <code>{project.slug}</code> },
                    ]),
                { name: t('settings.created'), value: <RelativeTime at={Date.parse(project.createdAt)} /> },
                { name: t('settings.by'), value: <Person name={project.createdBy.name} /> },
              ]}
            />
          </div>
        </Section>
        {project.can.includes('secrets:read') ? <Secrets owner={{ project: project.slug }} /> : null}
        {project.can.includes('tokens:write') ? <Tokens project={project.slug} /> : null}
        {mayWrite ? <DeleteProject project={project} /> : null}
      </PageBody>
    </PageLayout>
  )
}
