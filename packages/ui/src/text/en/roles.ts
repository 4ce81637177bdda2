/** The three roles in a project, and what each may do. */
export const roles = {
  'role.viewer': 'Viewer',
  'role.editor': 'Editor',
  'role.owner': 'Owner',
  'role.viewerHelp': 'sees everything, calls services',
  'role.editorHelp': 'also uploads, trains, deploys',
  'role.ownerHelp': 'also members, tokens, settings',
} as const
