import type { ReactNode } from 'react'
import { t } from '../text/t.ts'
import type { Icon } from './icons.ts'
import css from './EmptyState.module.css'

/** Nothing here yet: what it would be, and the shortest way to the first one. */
export function EmptyState({
  title,
  children,
  actions,
  icon: IconShape,
  below,
}: {
  title: string
  children?: ReactNode
  actions?: ReactNode
  icon?: Icon
  /** What takes more room than a sentence: the code that makes the first one. */
  below?: ReactNode
}) {
  return (
    <div className={css.empty}>
      {IconShape ? <IconShape aria-hidden className={css.emptyIcon} /> : null}
      <h2>{title}</h2>
      {children === undefined ? null : <p className={css.emptyText}>{children}</p>}
      {actions === undefined ? null : <div className={css.emptyActions}>{actions}</div>}
      {below === undefined ? null : <div className={css.emptyBelow}>{below}</div>}
    </div>
  )
}

export interface NoMatchProps {
  /** One of what: “run”. */
  noun: string
  filters: number
  /** The filter whose removal would help, as typed, and how many there are without it. */
  without?: { filter: string; count: number; onRemove: () => void } | undefined
  onClear: () => void
}

/** The list has rows, but none that match. Names the filter that is to blame. */
export function NoMatch({ noun, filters, without, onClear }: NoMatchProps) {
  return (
    <div className={css.empty} role="status">
      <h2>{t('list.noMatch', { n: filters, noun })}</h2>
      <p className={css.emptyText}>
        {without === undefined ? (
          <button type="button" className={css.linkButton} onClick={onClear}>
            {t('list.clearFilters')}
          </button>
        ) : (
          <>
            {t('list.without')} <code>{without.filter}</code> {t('list.thereAre', { n: without.count })}{' '}
            <button type="button" className={css.linkButton} onClick={without.onRemove}>
              {t('list.removeIt')}
            </button>
          </>
        )}
      </p>
    </div>
  )
}
