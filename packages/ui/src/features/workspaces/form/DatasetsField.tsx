import { useInfiniteQuery } from '@tanstack/react-query'
import type { Dataset } from '@mllab/sdk'
import { IconButton } from '../../../components/Button.tsx'
import { Field } from '../../../components/Field.tsx'
import { CloseIcon } from '../../../components/icons.ts'
import { TextInput } from '../../../components/Input.tsx'
import { Select } from '../../../components/Select.tsx'
import { useApi } from '../../../lib/api.ts'
import { datasetsQuery } from '../../data/data.queries.ts'
import { folderFor, type WantedDataset } from '../start-form.ts'
import { words } from '../words.ts'
import css from './Form.module.css'

const LATEST = 'latest'
const mostVersions = 50

interface DatasetsFieldProps {
  project: string
  value: readonly WantedDataset[]
  onChange: (datasets: readonly WantedDataset[]) => void
  error: string | undefined
}

/** Datasets that are there as folders to read: which, which version, where. */
export function DatasetsField({ project, value, onChange, error }: DatasetsFieldProps) {
  const list = useInfiniteQuery(datasetsQuery(useApi(), project, '', 'name'))
  const all = list.data?.pages.flatMap((page) => page.items).filter(({ latest }) => latest !== null) ?? []
  const change = (index: number, part: Partial<WantedDataset>) =>
    onChange(value.map((one, at) => (at === index ? { ...one, ...part } : one)))
  return (
    <Field label={words('datasets.title')} group help={words('datasets.help')} error={error}>
      {value.length === 0 ? null : (
        <ul className={css.rows}>
          {value.map((wanted, index) => (
            <li key={`${wanted.name} ${index}`} className={css.row}>
              <div className={css.rowHead}>
                <b>{wanted.name}</b>
                <IconButton
                  icon={CloseIcon}
                  size="bare"
                  label={words('common.remove', { name: wanted.name })}
                  onClick={() => onChange(value.filter((_, at) => at !== index))}
                />
              </div>
              <div className={css.versionAndPath}>
                <Select
                  value={wanted.version === null ? LATEST : String(wanted.version)}
                  onChange={(version) => change(index, { version: version === LATEST ? null : Number(version) })}
                  options={versionsOf(all.find(({ name }) => name === wanted.name))}
                  aria-label={words('datasets.version', { name: wanted.name })}
                />
                <TextInput
                  mono
                  value={wanted.path}
                  onChange={(path) => change(index, { path })}
                  aria-label={words('datasets.path', { name: wanted.name })}
                  autoComplete="off"
                  spellCheck={false}
                />
              </div>
            </li>
          ))}
        </ul>
      )}
      <Select
        value={null}
        onChange={(name) => onChange([...value, { name, version: null, path: folderFor(name) }])}
        placeholder={words(list.data && all.length === 0 ? 'datasets.none' : 'datasets.choose')}
        disabled={all.length === 0}
        options={all.map((one) => ({ value: one.name, label: one.name, hint: `v${one.latest?.version ?? 1}` }))}
        aria-label={words('datasets.choose')}
      />
    </Field>
  )
}

/** The latest, or one that stays: the newest first. */
function versionsOf(dataset: Dataset | undefined) {
  const newest = dataset?.latest?.version ?? 0
  const numbers = Array.from({ length: Math.min(newest, mostVersions) }, (_, back) => String(newest - back))
  return [
    { value: LATEST, label: words('datasets.latest') },
    ...numbers.map((number) => ({ value: number, label: `v${number}` })),
  ]
}
