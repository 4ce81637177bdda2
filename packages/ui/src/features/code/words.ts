import { code } from '../../text/en/code.ts'
import { pageText } from '../../text/t.ts'

export const words = pageText(code)
