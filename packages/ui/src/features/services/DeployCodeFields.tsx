import { useInfiniteQuery } from '@tanstack/react-query'
import { Segmented } from '../../components/Choice.tsx'
import { Field } from '../../components/Field.tsx'
import { NumberInput, TextInput } from '../../components/Input.tsx'
import { Select } from '../../components/Select.tsx'
import { useApi } from '../../lib/api.ts'
import { rowsOf } from '../../lib/pages.ts'
import { fieldError } from '../../lib/problem.ts'
import { datasetsQuery, versionsQuery } from '../data/data.queries.ts'
import type { CodeInput } from './code-source.ts'
import { words } from './words.ts'

interface CodeFieldsProps {
  project: string
  value: CodeInput
  onChange: (part: Partial<CodeInput>) => void
  error: unknown
}

/** Which code: something that was uploaded, or a repository. */
export function DeployCodeFields({ project, value, onChange, error }: CodeFieldsProps) {
  const wrong = fieldError(error, 'code.source') ?? fieldError(error, 'code')
  return (
    <>
      <Field label={words('code.from')} group>
        <Segmented
          size="md"
          aria-label={words('code.from')}
          value={value.from}
          onChange={(from) => onChange({ from })}
          options={[
            { value: 'data', label: words('code.data') },
            { value: 'repository', label: words('code.repository') },
          ]}
        />
      </Field>
      {value.from === 'data' ? (
        <DataFields project={project} value={value} onChange={onChange} error={wrong} />
      ) : (
        <>
          <Field label={words('code.address')} help={words('code.addressHelp')} error={wrong}>
            <TextInput
              value={value.address}
              onChange={(address) => onChange({ address })}
              mono
              placeholder="https://github.com/team/churn.git"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
            />
          </Field>
          <Field label={words('code.revision')} help={words('code.revisionHelp')}>
            <TextInput
              value={value.revision}
              onChange={(revision) => onChange({ revision })}
              mono
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
            />
          </Field>
          <Field label={words('code.folder')} help={words('code.folderHelp')}>
            <TextInput
              value={value.folder}
              onChange={(folder) => onChange({ folder })}
              mono
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
            />
          </Field>
        </>
      )}
    </>
  )
}

function DataFields({
  project,
  value,
  onChange,
  error,
}: Omit<CodeFieldsProps, 'error'> & { error: string | undefined }) {
  const api = useApi()
  const datasets = rowsOf(useInfiniteQuery(datasetsQuery(api, project, '', '-updated')).data).rows
  const versions = rowsOf(
    useInfiniteQuery({ ...versionsQuery(api, project, value.dataset), enabled: value.dataset !== '' }).data,
  ).rows
  return (
    <>
      <Field
        label={words('code.dataset')}
        help={words(datasets.length === 0 ? 'code.datasetNone' : 'code.datasetHelp')}
        error={error}
      >
        <Select
          value={value.dataset === '' ? null : value.dataset}
          placeholder={words('code.choose')}
          onChange={(dataset) => onChange({ dataset, version: '' })}
          options={datasets.map((one) => ({
            value: one.name,
            label: one.name,
            hint: one.latest === null ? '' : `v${one.latest.version}`,
          }))}
        />
      </Field>
      {value.dataset === '' ? null : (
        <Field label={words('deploy.version')} help={words('code.versionHelp')}>
          <Select
            value={value.version === '' ? 'latest' : value.version}
            onChange={(version) => onChange({ version: version === 'latest' ? '' : version })}
            options={[
              { value: 'latest', label: words('code.latest'), hint: versions[0] ? `v${versions[0].version}` : '' },
              ...versions.map(({ version }) => ({ value: String(version), label: `v${version}` })),
            ]}
          />
        </Field>
      )}
    </>
  )
}

/** What the code is written for. */
export function CodeServing({ value, onChange, error }: Omit<CodeFieldsProps, 'project'>) {
  return (
    <>
      <Field label={words('code.port')} help={words('code.portHelp')} error={fieldError(error, 'code.port')}>
        <NumberInput value={value.port ?? 8091} onChange={(port) => onChange({ port })} min={1} max={65_535} step={1} />
      </Field>
      <Field label={words('code.health')} help={words('code.healthHelp')} error={fieldError(error, 'code.health')}>
        <TextInput
          value={value.health}
          onChange={(health) => onChange({ health })}
          mono
          placeholder="/health"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
      </Field>
    </>
  )
}
