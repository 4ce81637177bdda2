import { useState } from 'react'
import type { RunSummary } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Checkbox } from '../../components/Choice.tsx'
import { ColumnsIcon } from '../../components/icons.ts'
import { SearchInput } from '../../components/Input.tsx'
import { Badge } from '../../components/Marks.tsx'
import { Popover } from '../../components/Popover.tsx'
import css from './Experiments.module.css'
import { type ChosenColumn, columnId, possibleColumns, toggleColumn } from './run-columns.ts'
import { words } from './words.ts'

const groups = ['metrics', 'params', 'tags'] as const

/** Which metrics, parameters and tags the table shows; remembered in the address. */
export function ColumnChooser({
  runs,
  chosen,
  onChoose,
}: {
  runs: readonly RunSummary[]
  chosen: readonly ChosenColumn[]
  /** Undefined: the usual ones. */
  onChoose: (columns: string[] | undefined) => void
}) {
  return (
    <Popover
      label={words('columns.title')}
      width={280}
      trigger={(trigger) => (
        <Button {...trigger} icon={ColumnsIcon}>
          {words('runs.columns')} <Badge>{chosen.length}</Badge>
        </Button>
      )}
    >
      <Chooser runs={runs} chosen={chosen} onChoose={onChoose} />
    </Popover>
  )
}

function Chooser({
  runs,
  chosen,
  onChoose,
}: {
  runs: readonly RunSummary[]
  chosen: readonly ChosenColumn[]
  onChoose: (columns: string[] | undefined) => void
}) {
  const [query, setQuery] = useState('')
  const possible = possibleColumns(runs)
  const on = new Set(chosen.map(columnId))
  const found = groups.map((group) => ({
    group,
    keys: possible[group].filter((key) => key.toLowerCase().includes(query.toLowerCase())),
  }))
  return (
    <div className={css.chooser}>
      <SearchInput
        value={query}
        onChange={setQuery}
        placeholder={words('columns.find')}
        aria-label={words('columns.find')}
      />
      <div className={css.choices}>
        {found.every(({ keys }) => keys.length === 0) ? <p>{words('columns.none')}</p> : null}
        {found.map(({ group, keys }) =>
          keys.length === 0 ? null : (
            <section key={group}>
              <h3>{words(`runs.${group}`)}</h3>
              {keys.map((key) => (
                <Checkbox
                  key={key}
                  label={key}
                  checked={on.has(columnId({ group, key }))}
                  onChange={() => onChoose(toggleColumn(chosen, { group, key }))}
                />
              ))}
            </section>
          ),
        )}
      </div>
      <Button size="sm" variant="ghost" onClick={() => onChoose(undefined)}>
        {words('columns.default')}
      </Button>
    </div>
  )
}
