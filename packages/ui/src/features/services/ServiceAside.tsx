import { useQuery } from '@tanstack/react-query'
import type { Service } from '@mllab/sdk'
import { CodeBlock } from '../../components/CodeBlock.tsx'
import { Person } from '../../components/Marks.tsx'
import { Aside, Section } from '../../components/Page.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { CopyId, RelativeTime } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { useToken } from '../code/use-token.tsx'
import { versionQuery } from '../models/models.queries.ts'
import { stateFacts } from '../workloads/state-facts.tsx'
import { words as shared } from '../workloads/words.ts'
import css from './Services.module.css'
import { exampleBody, fieldsBody, fieldsOf } from './try-it.ts'
import { TryModel } from './TryModel.tsx'
import { TryPath } from './TryPath.tsx'
import { callSnippets } from './use-it.ts'
import { words } from './words.ts'

/** How to use a service, a form to try it, its facts. */
export function ServiceAside({ service, project }: { service: Service; project: string }) {
  const { model } = service
  const version = useQuery({
    ...versionQuery(useApi(), project, model?.name ?? '', model?.version ?? 0),
    enabled: model !== null,
  })
  const { button, secret } = useToken(`${service.slug}, ${project}`, 'LAB_API_TOKEN')
  const fields = fieldsOf(version.data?.signature ?? null, version.data?.example)
  const body = model === null ? null : fields === null ? exampleBody(version.data?.example) : fieldsBody(fields, {})
  const [port] = service.ports
  const envNames = Object.keys(service.env)
  return (
    <Aside label={words('detail.label')} width="code">
      {port === undefined ? null : (
        <Section title={words('use.title')} end={button}>
          <div className={css.stack}>
            <CodeBlock snippets={callSnippets(port.url, body)} />
            {secret}
          </div>
        </Section>
      )}
      {service.can.includes('call') && (model === null || version.isFetched) ? (
        <Section
          title={words('try.title')}
          end={model === null ? undefined : fields === null ? undefined : words('try.fromSignature')}
        >
          {model === null ? (
            <TryPath service={service} project={project} />
          ) : (
            <TryModel
              service={service}
              project={project}
              fields={fields}
              example={exampleBody(version.data?.example)}
            />
          )}
        </Section>
      ) : null}
      <Section title={words('detail.title')}>
        <PropertyList
          properties={[
            { name: shared('fact.id'), value: <CopyId value={service.id} /> },
            ...(service.createdBy === null
              ? []
              : [{ name: shared('fact.by'), value: <Person name={service.createdBy.name} /> }]),
            { name: shared('fact.created'), value: <RelativeTime at={Date.parse(service.createdAt)} /> },
            ...stateFacts(service.state),
            ...(service.code?.health
              ? [{ name: words('detail.health'), value: <code>{service.code.health}</code> }]
              : []),
            ...(envNames.length === 0
              ? []
              : [{ name: words('detail.env'), value: <code>{envNames.join(', ')}</code> }]),
          ]}
        />
      </Section>
    </Aside>
  )
}
