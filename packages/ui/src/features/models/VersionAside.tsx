import type { ModelVersion } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { CodeBlock } from '../../components/CodeBlock.tsx'
import { RocketIcon } from '../../components/icons.ts'
import { Link } from '../../components/Link.tsx'
import { Chip, Person, Tag } from '../../components/Marks.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Aside, Section } from '../../components/Page.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { Bytes, MetricValue, RelativeTime } from '../../components/Values.tsx'
import { addresses, platformAddress } from '../../lib/address.ts'
import { useToken } from '../code/use-token.tsx'
import { metricNumber } from '../experiments/run-columns.ts'
import { modelSnippets } from './model-snippets.ts'
import css from './Models.module.css'
import { words } from './words.ts'

/** One version: what goes in and out, what it needs, how it is used. */
export function VersionAside({
  version,
  project,
  onDeployWithOptions,
  onRemoveAlias,
}: {
  version: ModelVersion
  project: string
  onDeployWithOptions: () => void
  onRemoveAlias: (alias: string) => void
}) {
  const changes = version.can.includes('change')
  const { button, secret } = useToken(`mlflow, ${project}`, 'MLFLOW_TRACKING_TOKEN')
  const [alias] = version.aliases
  return (
    <Aside label={words('detail.label', { version: version.version })} width="code">
      <Section
        title={words('detail.title', { version: version.version })}
        end={
          version.can.includes('deploy') ? (
            <Button size="sm" icon={RocketIcon} onClick={onDeployWithOptions}>
              {words('deploy.options')}
            </Button>
          ) : undefined
        }
      >
        {version.aliases.length > 0 ? (
          <p className={css.aliases}>
            {version.aliases.map((one) => (
              <Chip key={one} name={`@${one}`} onRemove={changes ? () => onRemoveAlias(one) : undefined}>
                @{one}
              </Chip>
            ))}
          </p>
        ) : null}
        {version.stored ? null : (
          <div className={css.pointer}>
            <Notice tone="warn">{words('detail.pointer', { source: version.source || words('common.none') })}</Notice>
          </div>
        )}
        <PropertyList
          properties={[
            ...(version.run === null
              ? []
              : [
                  {
                    name: words('detail.run'),
                    value: <Link to={addresses.run(project, 0, version.run.id)}>{version.run.name}</Link>,
                  },
                ]),
            { name: words('detail.flavors'), value: version.flavors.join(', ') || words('common.none') },
            { name: words('detail.python'), value: version.python ?? words('common.none') },
            { name: words('detail.size'), value: <Bytes value={version.sizeBytes} /> },
            { name: words('detail.made'), value: <RelativeTime at={Date.parse(version.createdAt)} /> },
            ...(version.createdBy === null
              ? []
              : [{ name: words('versions.by'), value: <Person name={version.createdBy.name} /> }]),
          ]}
        />
      </Section>
      <Section title={words('detail.useIt')} end={button}>
        <div className={css.stack}>
          <CodeBlock
            snippets={modelSnippets(platformAddress(), project, {
              model: version.model,
              version: version.version,
              alias,
            })}
          />
          {secret}
        </div>
      </Section>
      <Signature version={version} />
      {version.metrics.length > 0 ? (
        <Section title={words('detail.metrics')} count={version.metrics.length}>
          <PropertyList
            properties={version.metrics.map(({ key, value }) => ({
              name: key,
              value: <MetricValue value={metricNumber(value)} />,
            }))}
          />
        </Section>
      ) : null}
      {version.requirements.length > 0 ? (
        <Section title={words('detail.requirements')} count={version.requirements.length}>
          <CodeBlock
            snippets={[{ name: 'requirements.txt', language: 'text', code: version.requirements.join('\n') }]}
          />
        </Section>
      ) : null}
    </Aside>
  )
}

function Signature({ version }: { version: ModelVersion }) {
  const { signature } = version
  if (signature === null)
    return (
      <Section title={words('detail.inputs')}>
        <p className={css.note}>{words('detail.noSignature')}</p>
      </Section>
    )
  return (
    <>
      <Section title={words('detail.inputs')} count={signature.inputs.length}>
        <PropertyList
          properties={signature.inputs.map((input, index) => ({
            name: input.name ?? `${words('detail.tensor')} ${index + 1}`,
            value: (
              <>
                <Tag>{input.type}</Tag> {input.optional ? words('detail.optional') : null}
              </>
            ),
          }))}
        />
      </Section>
      <Section title={words('detail.outputs')} count={signature.outputs.length}>
        <PropertyList
          properties={signature.outputs.map((output, index) => ({
            name: output.name ?? `${words('detail.column')} ${index + 1}`,
            value: <Tag>{output.type}</Tag>,
          }))}
        />
      </Section>
    </>
  )
}
