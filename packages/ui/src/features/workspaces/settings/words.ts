import { workspacePage } from '../../../text/en/workspace-page.ts'
import { workspaceSettings } from '../../../text/en/workspace-settings.ts'
import { workspaces } from '../../../text/en/workspaces.ts'
import { pageText } from '../../../text/t.ts'

export const words = pageText({ ...workspaces, ...workspacePage, ...workspaceSettings })
