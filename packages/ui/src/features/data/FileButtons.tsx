import { useRef } from 'react'
import { type ButtonLook, Button } from '../../components/Button.tsx'
import { UploadIcon } from '../../components/icons.ts'
import { type DroppedFile, filesOfInput } from '../../lib/dropped-files.ts'

interface FileButtonProps extends Pick<ButtonLook, 'variant' | 'size'> {
  label: string
  /** A whole folder instead of files. */
  folder?: boolean
  multiple?: boolean
  icon?: boolean
  onFiles: (files: readonly DroppedFile[]) => void
}

/** A button that asks for files, or for a folder. */
export function FileButton({ label, folder = false, multiple = true, icon = true, onFiles, ...look }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button {...look} icon={icon ? UploadIcon : undefined} onClick={() => input.current?.click()}>
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={label}
        multiple={multiple || folder}
        {...(folder ? { webkitdirectory: '' } : {})}
        onChange={(event) => {
          const files = filesOfInput(event.target.files)
          event.target.value = ''
          if (files.length > 0) onFiles(files)
        }}
      />
    </>
  )
}
