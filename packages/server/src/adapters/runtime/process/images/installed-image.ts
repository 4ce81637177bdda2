import type { ImageDescription } from '../../../../ports/runtime.ts'
import type { LayerDescription } from './layers/layer-description.ts'

/** An image that is ready to start: what a user may know of it, and where its parts lie. */
export interface InstalledImage extends ImageDescription {
  /** Folder with the image's own files, frozen when it was resolved. */
  readonly folder: string
  /** Root of its Python environment; absent for an image that needs none. */
  readonly environment?: string
  /** Programs that can be added to it, by name. */
  readonly layers: ReadonlyMap<string, InstalledLayer>
}

export interface InstalledLayer {
  readonly description: LayerDescription
  /** Where its files are, or will be once it is built: also while the image runs. */
  readonly folder: string
}
