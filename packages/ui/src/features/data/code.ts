import type { Snippet } from '../../components/CodeBlock.tsx'
import { filePath, savedName } from './addresses.ts'

interface Source {
  /** Where the server is, for code outside of it: `https://lab.example.org`. Workspaces know it themselves. */
  server: string
  project: string
  name: string
  folder: boolean
  version?: number
}

/** Code that reads a dataset, with nothing but what Python and a shell bring along. */
export function readingCode({ server, project, name, folder, version }: Source): Snippet[] {
  const path = filePath(project, name, undefined, version)
  const file = savedName(name, folder)
  const unpack = folder
    ? `\nzipfile.ZipFile(${python(file)}).extractall(${python(name.split('/').at(-1) ?? name)})`
    : ''
  return [
    {
      name: 'Python',
      language: 'python',
      code: `import os, shutil, urllib.request${folder ? ', zipfile' : ''}

server = os.environ.get("LAB_ENDPOINT", ${python(server)})
request = urllib.request.Request(
    server + ${python(path)},
    headers={"Authorization": "Bearer " + os.environ["LAB_API_TOKEN"]},
)
with urllib.request.urlopen(request) as answer, open(${python(file)}, "wb") as file:
    shutil.copyfileobj(answer, file)${unpack}`,
    },
    {
      name: 'curl',
      language: 'shell',
      code: `curl -f "\${LAB_ENDPOINT:-${server}}${path}" \\
  -H "Authorization: Bearer $LAB_API_TOKEN" -o ${shell(file)}`,
    },
  ]
}

/** Code that uploads a single file as the next version. */
export function writingCode({ server, project, name }: Pick<Source, 'server' | 'project' | 'name'>): Snippet[] {
  const path = filePath(project, name)
  const file = savedName(name, false)
  return [
    {
      name: 'Python',
      language: 'python',
      code: `import os, urllib.request

server = os.environ.get("LAB_ENDPOINT", ${python(server)})
with open(${python(file)}, "rb") as file:
    request = urllib.request.Request(
        server + ${python(path)},
        data=file,
        method="PUT",
        headers={
            "Authorization": "Bearer " + os.environ["LAB_API_TOKEN"],
            "Content-Type": "application/octet-stream",
            "Content-Length": str(os.path.getsize(file.name)),
        },
    )
    print(urllib.request.urlopen(request).read().decode())`,
    },
    {
      name: 'curl',
      language: 'shell',
      code: `curl -f -T ${shell(file)} "\${LAB_ENDPOINT:-${server}}${path}" \\
  -H "Authorization: Bearer $LAB_API_TOKEN"`,
    },
  ]
}

/** JSON's strings are also Python's. */
const python = (text: string) => JSON.stringify(text)
const shell = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
