/** Words of what the server knows about itself, for administrators, and of links into apps. */
export const server = {
  'server.title': 'This server',
  'server.facts': 'What it is',
  'server.address': 'Address',
  'server.runtime': 'Runs',
  'server.storage': 'Keeps',
  'server.isolation': 'Isolation',
  'server.gpu': 'GPU',
  'server.version': 'Version',
  'server.health': 'Its parts',
  'server.healthy': 'in order',
  'server.ill': 'not in order',
  'server.database': 'Database',
  'server.objects': 'Files',
  'server.disk': 'Disk',
  'server.workloads': 'Runtime',
  'server.unreachable': 'The server does not say how its parts are.',
  'wall.title': 'Wall between apps and the platform',
  'wall.yes':
    'At {address} every workspace and every service has an origin of its own: what runs there cannot act here.',
  'wall.no': 'At {address} apps have no origins of their own:',
  'wall.remedies': 'How to get one',
  'wall.links':
    'Where there is none, a service opens by a link with a secret in its path, made for one person, for a time. Whoever has the link is that person to the service. Everybody sees and revokes their own under Account, Links.',
  'wall.account': 'My links',
} as const
