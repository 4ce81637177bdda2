/** Words of a project's settings. */
export const settings = {
  'settings.title': 'Settings',
  'settings.general': 'General',
  'settings.name': 'Name',
  'settings.description': 'Description',
  'settings.descriptionHelp': 'One line that says what it is about.',
  'settings.address': 'Address',
  'settings.addressHelp': 'Part of every link and of code; it does not change.',
  'settings.save': 'Save settings',
  'settings.saving': 'Saving',
  'settings.saved': 'Settings saved',
  'settings.changed':
    'Somebody else changed it meanwhile. What you see now is theirs; change it again if you still want to.',
  'settings.readOnly': 'Only owners change the settings of a project.',
  'settings.facts': 'About',
  'settings.created': 'Created',
  'settings.by': 'By',
  'settings.delete': 'Delete project',
  'settings.deleteText':
    'Gone at once for everybody, and for good: data, runs, models, workspaces and services. What runs is stopped.',
  'settings.deleteTitle': 'Delete project {name}',
  'settings.deleting': 'Deleting project',
  'settings.goes': '{datasets} datasets, {runs} runs, {models} models, {workspaces} workspaces, {services} services',
  'settings.deleted': '{name} deleted',
} as const
