import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, readdir, rename, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { removeFolder } from './remove-folder.ts'
import { newFolder, removeFolders } from './testing/fixtures.ts'

const MODULE = new URL('remove-folder.ts', import.meta.url).href
const isRoot = process.getuid?.() === 0
const STRANGER = 30_417

/** Removes it as a user who is not root: rights count for him. Answers what went wrong. */
async function removeAsOwner(folder: string): Promise<string> {
  // Becomes him when everything is loaded: Node and this code may lie where he has no way to.
  const become = isRoot ? `process.setgroups([]); process.setgid(${STRANGER}); process.setuid(${STRANGER});` : ''
  const script = `import(${JSON.stringify(MODULE)}).then(({ removeFolder }) => { ${become} return removeFolder(process.argv[1]) }).catch((error) => (console.log(error.message), process.exit(1)))`
  const child = spawn(process.execPath, ['-e', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (data: Buffer) => (said += data.toString('utf8')))
  await once(child, 'close')
  return said
}

describe('removing a folder that programs may be at work in', () => {
  afterAll(removeFolders)

  it('takes files, links, pipes and folders of any depth, and nothing they lead to', async () => {
    const base = await newFolder()
    const [folder, outside] = [path.join(base, 'folder'), path.join(base, 'outside')]
    for (const place of [folder, outside]) await mkdir(place)
    await writeFile(path.join(outside, 'kept'), 'kept')
    await symlink(outside, path.join(folder, 'link'))
    await symlink('nowhere', path.join(folder, 'dangling'))
    await writeFile(Buffer.from(`${folder}/no text \xff\xfe`, 'latin1'), 'x')
    await once(spawn('mkfifo', [path.join(folder, 'pipe')]), 'close')
    // Deeper than a path can be long.
    await once(
      spawn('/bin/sh', ['-c', `for n in $(seq 60); do mkdir ${'d'.repeat(100)} && cd d* && echo x >f; done`], {
        cwd: folder,
      }),
      'close',
    )
    await removeFolder(folder)
    expect(await readdir(base)).toEqual(['outside'])
    expect(await readdir(outside)).toEqual(['kept'])
    await removeFolder(folder)
  })

  it('takes folders that their owner has closed, as the caches of compilers are', async () => {
    const base = await newFolder()
    const folder = path.join(base, 'folder')
    const [fixed, closed] = [path.join(folder, 'go/pkg/mod'), path.join(folder, 'closed/deep/er')]
    for (const place of [fixed, closed]) {
      await mkdir(place, { recursive: true })
      await writeFile(path.join(place, 'file'), 'x', { mode: 0o400 })
    }
    await chmod(base, 0o777)
    if (isRoot) await once(spawn('chown', ['-R', `${STRANGER}:${STRANGER}`, folder]), 'close')
    for (const place of [fixed, path.dirname(fixed)]) await chmod(place, 0o555)
    for (const place of [closed, path.dirname(closed), folder]) await chmod(place, 0)
    expect(await removeAsOwner(folder)).toBe('')
    expect(await readdir(base)).toEqual([])
  })

  it.runIf(isRoot)('does not follow a folder that its owner makes a link while it is emptied', async () => {
    const base = await newFolder()
    await chmod(base, 0o755)
    const closed = path.join(base, 'closed')
    await mkdir(closed, { mode: 0o700 })
    const [folder, aside] = [path.join(base, 'folder'), path.join(base, 'aside')]
    await mkdir(folder, { mode: 0o700 })
    await chown(folder, STRANGER, STRANGER)
    const names = Array.from({ length: 2000 }, (_, index) => `f${index}`)
    for (const name of names) await writeFile(path.join(closed, name), '')
    // Swaps the folder for a link as soon as something is missing from it.
    const script = `mkdir d && cd d && touch ${names.join(' ')} && cd .. && echo ready
      while [ "$(ls d | wc -l)" -ge ${names.length} ]; do :; done; mv d e; ln -s '${closed}' d`
    const owner = spawn('/bin/sh', ['-c', script], {
      cwd: folder,
      uid: STRANGER,
      gid: STRANGER,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    await once(owner.stdout, 'data')
    const over = once(owner, 'close')
    await rename(folder, aside)
    await Promise.allSettled([removeFolder(aside), over])
    expect((await readdir(closed)).length).toBe(names.length)
    await removeFolder(aside)
    await expect(stat(aside)).rejects.toThrow('ENOENT')
  })
})
