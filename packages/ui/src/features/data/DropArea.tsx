import { type DragEvent, type ReactNode, useRef, useState } from 'react'
import { UploadIcon } from '../../components/icons.ts'
import { type DroppedFile, filesOfDrop } from '../../lib/dropped-files.ts'
import css from './Data.module.css'

/** Takes files dropped anywhere on it, and says so while they hover over it. Off without `onFiles`. */
export function DropArea({
  label,
  onFiles,
  children,
}: {
  label: string
  onFiles: ((files: readonly DroppedFile[]) => void) | undefined
  children: ReactNode
}) {
  const [over, setOver] = useState(false)
  // Entering a child leaves its parent: only when all are left is the drag gone.
  const depth = useRef(0)
  if (!onFiles) return children
  const carriesFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files')
  const leave = () => {
    depth.current = 0
    setOver(false)
  }
  return (
    <div
      className={css.dropArea}
      onDragEnter={(event) => {
        if (!carriesFiles(event)) return
        event.preventDefault()
        depth.current += 1
        setOver(true)
      }}
      onDragOver={(event) => {
        if (carriesFiles(event)) event.preventDefault()
      }}
      onDragLeave={() => {
        depth.current -= 1
        if (depth.current <= 0) leave()
      }}
      onDrop={(event) => {
        if (!carriesFiles(event)) return
        event.preventDefault()
        leave()
        void filesOfDrop(event.dataTransfer).then((files) => {
          if (files.length > 0) onFiles(files)
        })
      }}
    >
      {children}
      {over ? (
        <div className={css.dropHint}>
          <UploadIcon aria-hidden /> {label}
        </div>
      ) : null}
    </div>
  )
}
