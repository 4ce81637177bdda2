import { Dialog as Base } from '@base-ui/react/dialog'
import { useRef } from 'react'
import { cx } from '../lib/cx.ts'
import { t } from '../text/t.ts'
import { IconButton } from './Button.tsx'
import css from './Dialog.module.css'
import type { DialogProps } from './Dialog.tsx'
import { CloseIcon } from './icons.ts'

/** A dialog begins at its first field, else at its first button: never at the cross that closes it. */
const firstField = (popup: HTMLElement | null) =>
  popup?.querySelector<HTMLElement>('input:not([type="hidden"]), textarea, select') ??
  popup?.querySelector<HTMLElement>('footer button') ??
  true

export function DialogFrame({
  kind,
  onClose,
  title,
  lead,
  children,
  footer,
  width,
}: DialogProps & { kind: 'dialog' | 'sheet' }) {
  const sheet = kind === 'sheet'
  const popup = useRef<HTMLDivElement>(null)
  return (
    <Base.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className={css.backdrop} />
        <Base.Popup
          ref={popup}
          initialFocus={() => firstField(popup.current)}
          className={cx(sheet ? css.sheet : css.dialog)}
          style={width === undefined ? undefined : { width }}
        >
          <header className={css.head}>
            <Base.Title className={css.title}>{title}</Base.Title>
            {sheet ? <IconButton icon={CloseIcon} label={t('common.close')} onClick={onClose} /> : null}
          </header>
          {lead === undefined ? null : <Base.Description className={css.lead}>{lead}</Base.Description>}
          {children === undefined ? null : <div className={css.body}>{children}</div>}
          {footer === undefined ? null : <footer className={css.foot}>{footer}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
