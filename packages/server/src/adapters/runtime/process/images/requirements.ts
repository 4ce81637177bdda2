import { PortError } from '@mllab/kernel'

/** PEP 508 by name: `scikit-learn[docs] >=1.5,<2 ; python_version < '3.12'`. */
const BY_NAME =
  /^[A-Za-z0-9][A-Za-z0-9._-]*\s*(\[[A-Za-z0-9._,\s-]*\])?\s*(\(?\s*(===?|~=|!=|<=?|>=?)[^;@'"()]*\)?)?\s*(;.*)?$/

/**
 * Requirements somebody else chose, as lines that are safe to hand to the installer: names with versions. Options, addresses and paths
 * would let them point the server at other indexes or at files of its own, so they are refused (`INVALID`, with the line).
 */
export function checkRequirements(lines: readonly string[]): readonly string[] {
  const plain = lines
    .flatMap((line) => line.split('\n'))
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
  for (const line of plain) {
    if (!BY_NAME.test(line) || / --/.test(line))
      throw new PortError('INVALID', `only packages by name and version can be installed, not “${line}”`, {
        subjects: [line],
      })
  }
  return plain
}
