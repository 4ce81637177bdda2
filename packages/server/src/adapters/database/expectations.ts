import type { Expectation } from '../../ports/database.ts'

export function meets(expectation: Expectation | undefined, affected: number): boolean {
  switch (expectation) {
    case undefined:
    case 'any':
      return true
    case 'some':
      return affected > 0
    case 'none':
      return affected === 0
    default:
      return affected === expectation
  }
}
