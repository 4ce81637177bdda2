import { Dialog as Base } from '@base-ui/react/dialog'
import { cx } from '../lib/cx.ts'
import { t } from '../text/t.ts'
import { IconButton } from './Button.tsx'
import css from './Dialog.module.css'
import type { DialogProps } from './Dialog.tsx'
import { CloseIcon } from './icons.ts'

export default function DialogFrame({ kind, onClose, title, lead, children, footer, width }: DialogProps & { kind: 'dialog' | 'sheet' }) {
  const sheet = kind === 'sheet'
  return (
    <Base.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className={css.backdrop} />
        <Base.Popup className={cx(sheet ? css.sheet : css.dialog)} style={width === undefined ? undefined : { width }}>
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
