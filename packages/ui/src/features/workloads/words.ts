import { workloads } from '../../text/en/workloads.ts'
import { pageText } from '../../text/t.ts'

export const words = pageText(workloads)
