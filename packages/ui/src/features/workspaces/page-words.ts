import { workspacePage } from '../../text/en/workspace-page.ts'
import { workspaces } from '../../text/en/workspaces.ts'
import { pageText } from '../../text/t.ts'

/** The words of the page of one workspace. Where both catalogues have a word, the page's own counts. */
export const words = pageText({ ...workspaces, ...workspacePage })
