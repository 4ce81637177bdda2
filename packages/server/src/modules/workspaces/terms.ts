import { createAllowedImages } from './allowed-images.ts'

/** What the operator of the instance says of all workspaces. */
export interface OperatorTerms {
  /** Patterns of images that people may name. */
  readonly images: readonly string[]
  /** For whom nobody asks for anything else. */
  readonly cpus: number | undefined
  readonly memoryGb: number | undefined
  /** The most one may ask for, for the form. */
  readonly most: { readonly cpus: number | undefined; readonly memoryGb: number | undefined }
  /** How much its files should take at most. */
  readonly storageGb: number | undefined
}

export type Terms = ReturnType<typeof createTerms>

/** The image that needs nobody's permission. */
export const DEFAULT_IMAGE = 'mllab/workspace'

export function createTerms(terms: OperatorTerms) {
  const images = createAllowedImages(terms.images)
  return {
    ...terms,

    /** Throws `IMAGE_FORBIDDEN` for an image that somebody named, and must not. */
    requireImage: (ref: string | undefined): void => {
      if (ref !== undefined && ref !== DEFAULT_IMAGE) images.require(ref)
    },

    allows: (ref: string): boolean => ref === DEFAULT_IMAGE || images.allows(ref),
  }
}
