import { expect, it } from 'vitest'
import { readingCode, writingCode } from './code.ts'

const of = (snippets: { name: string; code: string }[], name: string) => snippets.find((one) => one.name === name)?.code

it('reads one version, whatever the name', () => {
  const code = readingCode({
    server: 'http://lab',
    project: 'wine',
    name: "data/it's 100%.csv",
    folder: false,
    version: 3,
  })
  expect(of(code, 'curl')).toContain(
    '"${LAB_ENDPOINT:-http://lab}/api/projects/wine/files/data/it\'s%20100%25.csv?version=3"',
  )
  expect(of(code, 'curl')).toContain(`-o 'it'\\''s 100%.csv'`)
  expect(of(code, 'Python')).toContain(`open("it's 100%.csv", "wb")`)
})

it('unpacks a folder', () => {
  const code = of(readingCode({ server: 'http://lab', project: 'wine', name: 'photos', folder: true }), 'Python')
  expect(code).toContain('zipfile.ZipFile("photos.zip").extractall("photos")')
})

it('uploads the next version', () => {
  expect(of(writingCode({ server: 'http://lab', project: 'wine', name: 'a.csv' }), 'curl')).toContain('curl -f -T a.csv "${LAB_ENDPOINT:-http://lab}/api/projects/wine/files/a.csv"') // prettier-ignore
})
