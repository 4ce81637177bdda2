import { run } from '../../text/en/run.ts'
import { pageText } from '../../text/t.ts'

export const words = pageText(run)
