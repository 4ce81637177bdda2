import { shared } from '../../text/en/shared.ts'
import { pageText } from '../../text/t.ts'

export const words = pageText(shared)
