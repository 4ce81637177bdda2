import type { ImageDescription } from '../../../../ports/runtime.ts'

/** An image that is ready to start: what a user may know of it, and where its parts lie. */
export interface InstalledImage extends ImageDescription {
  /** Folder with the image's own files, frozen when it was resolved. */
  readonly folder: string
  /** Root of its Python environment; absent for an image that needs none. */
  readonly environment?: string
}
