import type { HTMLAttributes, ReactNode } from 'react'
import { t } from '../text/t.ts'
import { Checkbox } from './Choice.tsx'
import css from './PhoneRow.module.css'

export interface PhoneRowParts {
  mark?: ReactNode
  name: ReactNode
  /** Its second line. */
  facts?: ReactNode
  /** A sparkline. */
  figure?: ReactNode
  /** The chosen metric, or the reason where it failed. */
  value?: ReactNode
}

interface PhoneRowProps {
  parts: PhoneRowParts
  chosen: boolean
  name: string
  onChoose: (() => void) | undefined
  row: HTMLAttributes<HTMLDivElement>
}

/** A row of a list on phones: two lines, 60 high. The mark is also the box to choose it. */
export function PhoneRow({ parts, chosen, name, onChoose, row }: PhoneRowProps) {
  return (
    <div className={css.row} {...row}>
      <div
        role="gridcell"
        className={css.mark}
        data-empty={(parts.mark === undefined && onChoose === undefined) || undefined}
      >
        {onChoose === undefined ? null : (
          <Checkbox
            className={css.box}
            checked={chosen}
            onChange={onChoose}
            aria-label={t('list.select', { name })}
            data-on={chosen || parts.mark === undefined || undefined}
          />
        )}
        {chosen ? null : parts.mark}
      </div>
      <div role="gridcell" className={css.words}>
        <div className={css.name}>{parts.name}</div>
        {parts.facts === undefined ? null : <div className={css.facts}>{parts.facts}</div>}
      </div>
      {parts.figure === undefined ? null : <div role="gridcell">{parts.figure}</div>}
      {parts.value === undefined ? null : (
        <div role="gridcell" className={css.value}>
          {parts.value}
        </div>
      )}
    </div>
  )
}
