import { workspaces } from '../../text/en/workspaces.ts'
import { pageText } from '../../text/t.ts'

export const words = pageText(workspaces)
