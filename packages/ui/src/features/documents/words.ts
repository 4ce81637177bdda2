import { documents } from '../../text/en/documents.ts'
import { pageText } from '../../text/t.ts'

export const words = pageText(documents)
