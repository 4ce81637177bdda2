import { describe, expect, it } from 'vitest'
import { emptyInput, folderFor, startBody, startSnippets, variableFor } from './start-form.ts'

describe('the form for a new workspace', () => {
  it('sends nothing that was not said, so that the server chooses', () => {
    expect(startBody(emptyInput)).toEqual({})
  })

  it('sends everything that was said [WSP-18, WSP-19, WSP-22]', () => {
    expect(
      startBody({
        name: ' Mara ',
        profile: 'small',
        parameters: { level: 'debug' },
        image: 'mllab/workspace',
        cpus: 2,
        memoryGb: 4,
        env: 'A=1\n# no\nB="two words"',
        secrets: [{ name: 'S3.KEY', from: 'project', env: 'S3_KEY' }],
        datasets: [
          { name: 'customers.csv', version: 3, path: 'data/customers' },
          { name: 'photos', version: null, path: ' data/photos ' },
        ],
        git: { url: 'https://git.example.org/a.git', branch: 'main', secret: { name: 'GIT', from: 'user' } },
        life: { suspendAfterMinutes: 10, stopAfterHours: null, daysToLive: 0 },
      }),
    ).toEqual({
      name: 'Mara',
      profile: 'small',
      parameters: { level: 'debug' },
      cpus: 2,
      memoryGb: 4,
      env: { A: '1', B: 'two words' },
      secrets: [{ name: 'S3.KEY', from: 'project', env: 'S3_KEY' }],
      datasets: [
        { name: 'customers.csv', version: 3, path: 'data/customers' },
        { name: 'photos', path: 'data/photos' },
      ],
      git: { url: 'https://git.example.org/a.git', branch: 'main', secret: { name: 'GIT', from: 'user' } },
      life: { suspendAfterMinutes: 10, daysToLive: 0 },
    })
  })

  it('shows the same as a command, quoted for the shell', () => {
    const input = { ...emptyInput, name: "Mara's", cpus: 2, env: 'A=1' }
    const cli = startSnippets(input, 'http://lab', 'churn').find(({ name }) => name === 'CLI')
    expect(cli?.code).toBe(
      [
        'mllab workspaces create \\',
        '  --project churn \\',
        String.raw`  --name 'Mara'\''s' ` + '\\',
        '  --cpus 2 \\',
        `  --env '{"A":"1"}'`,
      ].join('\n'),
    )
  })

  it('names variables and folders after secrets and datasets', () => {
    expect(variableFor('_s3.key-2')).toBe('s3_key_2')
    expect(folderFor('tables/customers.csv')).toBe('data/customers')
    expect(folderFor('photos')).toBe('data/photos')
  })
})
