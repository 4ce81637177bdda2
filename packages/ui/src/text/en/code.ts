/** Words beside code to copy. */
export const code = {
  'token.make': 'Make token',
  'token.busy': 'Making token',
  'token.made': 'Your token, shown once. It is valid for 90 days.',
  'token.name': '{what} ({user})',
  'use.title': 'Use it',
} as const
