import { LabError } from '@mllab/contract'

/** Refuses images that people name themselves and the operator does not allow. `*` in a pattern stands for any letters. */
export function createAllowedImages(patterns: readonly string[]) {
  const expressions = patterns.map((pattern) => new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 's'))
  return {
    patterns,
    allows: (ref: string): boolean => expressions.some((expression) => expression.test(ref)),
    /** Throws `IMAGE_FORBIDDEN`. */
    require(ref: string): void {
      if (this.allows(ref)) return
      const allowed = patterns.length > 0 ? patterns.join(', ') : 'none'
      const fields = [{ field: 'body.image', message: 'is not allowed here' }]
      throw new LabError('IMAGE_FORBIDDEN', { image: ref, allowed }, { fields })
    },
  }
}

export type AllowedImages = ReturnType<typeof createAllowedImages>

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)
}
