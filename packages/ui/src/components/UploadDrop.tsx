import { useRef, useState, type DragEvent, type ReactNode } from 'react'
import { type DroppedFile, filesOfDrop, filesOfInput } from '../lib/dropped-files.ts'
import { t } from '../text/t.ts'
import { Button } from './Button.tsx'
import { UploadIcon } from './icons.ts'
import css from './UploadDrop.module.css'

export interface UploadDropProps {
  onFiles: (files: readonly DroppedFile[]) => void
  /** A folder may be dropped or chosen; its paths are kept. */
  folders?: boolean
  /** One line below: what is taken, how large. */
  hint?: ReactNode
}

/** Files by drop, by button, or by paste. What becomes of them is the caller's. */
export function UploadDrop({ onFiles, folders = false, hint }: UploadDropProps) {
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void filesOfDrop(event.dataTransfer).then((found) => (found.length > 0 ? onFiles(found) : undefined))
  }
  const take = (input: HTMLInputElement) => {
    onFiles(filesOfInput(input.files))
    input.value = ''
  }
  return (
    <div
      className={css.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      onPaste={(event) =>
        event.clipboardData.files.length > 0 ? onFiles(filesOfInput(event.clipboardData.files)) : undefined
      }
    >
      <UploadIcon aria-hidden className={css.icon} />
      <p>{over ? t('upload.now') : t('upload.drop')}</p>
      <div className={css.buttons}>
        <Button size="sm" onClick={() => files.current?.click()}>
          {t('upload.choose')}
        </Button>
        {folders ? (
          <Button size="sm" onClick={() => folder.current?.click()}>
            {t('upload.folder')}
          </Button>
        ) : null}
      </div>
      {hint === undefined ? null : <p className={css.hint}>{hint}</p>}
      <input ref={files} type="file" multiple hidden onChange={(event) => take(event.target)} />
      {folders ? (
        <input ref={folder} type="file" hidden {...{ webkitdirectory: '' }} onChange={(event) => take(event.target)} />
      ) : null}
    </div>
  )
}
