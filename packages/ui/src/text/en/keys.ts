/** Words of the list of keys. */
export const keys = {
  'keys.title': 'Keyboard',
  'keys.everywhere': 'Everywhere',
  'keys.lists': 'In lists',
  'keys.find': 'Find or do anything',
  'keys.help': 'Show these keys',
  'keys.home': 'Go to Home',
  'keys.data': 'Go to Data',
  'keys.experiments': 'Go to Experiments',
  'keys.models': 'Go to Models',
  'keys.workspaces': 'Go to Workspaces',
  'keys.services': 'Go to Services',
  'keys.choose': 'Choose row',
  'keys.range': 'Choose up to here',
  'keys.open': 'Open row',
  'keys.filter': 'Filter',
  'keys.clear': 'Clear the selection',
} as const
