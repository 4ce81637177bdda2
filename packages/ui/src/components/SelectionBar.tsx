import type { ReactNode } from 'react'
import { phone, useMedia } from '../lib/media.ts'
import { t } from '../text/t.ts'
import { Button, IconButton } from './Button.tsx'
import { CloseIcon } from './icons.ts'
import css from './SelectionBar.module.css'

/** Floats over the end of a list while rows are chosen, and ends with “Clear Esc”. */
export function SelectionBar({
  count,
  children,
  onClear,
}: {
  count: number
  children: ReactNode
  onClear: () => void
}) {
  const small = useMedia(phone)
  return (
    <div className={css.bar} role="toolbar" aria-label={t('list.selected', { n: count })}>
      <span className={css.count} aria-live="polite">
        {t('list.selected', { n: count })}
      </span>
      {children}
      {small ? (
        <IconButton icon={CloseIcon} size="touch" label={t('list.clear')} onClick={onClear} />
      ) : (
        <>
          <span className={css.line} />
          <Button variant="ghost" size="sm" keys="Esc" onClick={onClear}>
            {t('list.clear')}
          </Button>
        </>
      )}
    </div>
  )
}
