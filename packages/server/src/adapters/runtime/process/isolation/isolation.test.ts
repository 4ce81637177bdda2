import { execFile } from 'node:child_process'
import { chmod, link, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { newId } from '@mllab/kernel'
import { createProbe, until, type Probe } from '@mllab/testkit/contracts/runtime.helpers'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { InstanceRef, InstanceSpec } from '../../../../ports/runtime.ts'
import { newFolder, openRuntime, removeFolders, shellRuntime, testBwrap } from '../testing/fixtures.ts'

const isRoot = process.getuid?.() === 0
const bwrapPath = testBwrap()
const walls = [
  ...(isRoot ? [{ isolation: 'users' as const }] : []),
  ...(bwrapPath === undefined ? [] : [{ isolation: 'namespaces' as const, bwrapPath }]),
]

const execute = promisify(execFile)
/** So many files that a copy of them takes a while. */
const MANY = `
import sys
for n in range(20000):
    open(f'{sys.argv[1]}/{n}', 'w').write(sys.argv[2])
`

type Test = Awaited<ReturnType<typeof shellRuntime>>

afterAll(removeFolders)

/** As `/srv` is: others find a way through. */
async function passableFolder(): Promise<string> {
  const folder = await newFolder()
  await chmod(folder, 0o755)
  return folder
}

for (const wall of walls) {
  describe(`behind a wall of ${wall.isolation}`, () => {
    let test: Test
    let probe: Probe
    beforeEach(async () => {
      test = await shellRuntime(path.join(await passableFolder(), 'data', 'runtime'), wall)
      probe = createProbe(test)
    })
    afterEach(async () => {
      await probe.cleanUp()
      await test.runtime.close()
    })

    const volumeOf = async (tenant: string, readOnly = false) => {
      const volume = { id: newId(), projectId: 'project', tenant }
      await test.runtime.volumes.ensure(volume)
      return { volumeId: volume.id, name: readOnly ? 'fixed' : 'work', path: '/work', readOnly }
    }
    const run = async (script: string, rest: Partial<InstanceSpec> = {}) => {
      const ref = await probe.start(script, { projectId: 'project', ...rest })
      const { code } = await probe.ended(ref)
      return { code, log: await probe.log(ref) }
    }
    const exec = (ref: InstanceRef, script: string) =>
      test.runtime.instances.exec(ref, ['/bin/sh', '-c', script], { signal: AbortSignal.timeout(10_000) })

    it('files of the server and of others are out of reach, own ones are not', async () => {
      const secret = path.join(path.dirname(test.root), 'lab.sqlite')
      await writeFile(secret, 'secret', { mode: 0o600 })
      const [mine, other] = [await volumeOf('me'), await volumeOf('other')]
      await test.runtime.volumes.writeFile(mine.volumeId, 'in/given.txt', Buffer.from('given'))
      await test.runtime.volumes.writeFile(other.volumeId, 'in/given.txt', Buffer.from('hidden'))
      const foreign = path.join(test.root, 'volumes', other.volumeId)
      const script = `cat in/given.txt; echo more >>in/given.txt && cat in/given.txt
        for place in '${secret}' '${foreign}/in/given.txt' '${test.root}/identities.json'; do cat "$place" && echo LEAK; done
        ls '${foreign}' '${test.root}' '${path.dirname(test.root)}' | grep -E 'given|identities|lab.sqlite' && echo LEAK
        echo changed >'${foreign}/in/given.txt' && echo LEAK; echo end`
      const { log } = await run(`{ ${script}\n} 2>/dev/null`, { tenant: 'me', mounts: [mine], workingMount: 'work' })
      expect(log).toBe('givengivenmore\nend\n')
    })

    it('the server and workloads of others cannot be ended nor looked into', async () => {
      const other = await probe.start('exec sleep 600', { tenant: 'other', secretEnv: { TOKEN: 'secret-5c1d' } })
      await until(async () => ((await exec(other, 'true').catch(() => undefined)) ? true : undefined))
      const script = `kill -0 ${process.pid} && echo LEAK
        cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -q secret-5c1d && echo LEAK; echo end`
      expect((await run(`{ ${script}\n} 2>/dev/null`, { tenant: 'me' })).log).toBe('end\n')
    })

    it('copies of volumes hold nothing that a folder leads to which is made a link meanwhile', async () => {
      const { volumeId } = await volumeOf('me')
      const volumes = path.join(test.root, 'volumes')
      await mkdir(path.join(volumes, volumeId, 'd'))
      // Others of this machine may read it; workloads do not see it, or are kept from it.
      const foreign = await newFolder()
      await chmod(foreign, wall.isolation === 'namespaces' ? 0o755 : 0o700)
      for (const [folder, text] of [
        [path.join(volumes, volumeId, 'd'), ''],
        [foreign, 'foreign'],
      ] as const)
        await execute('/usr/bin/python3', ['-c', MANY, folder, text])
      const copied = test.runtime.volumes
        .copy(volumeId, 'copy', { signal: AbortSignal.timeout(10_000), onProgress: () => undefined })
        .catch(() => undefined)
      await until(async () => {
        const half = (await readdir(volumes)).find((name) => name.startsWith('.copy-'))
        const begun = half && (await readdir(path.join(volumes, half, 'd')).catch(() => []))
        return begun && begun.length > 0 ? true : undefined
      })
      await rename(path.join(volumes, volumeId, 'd'), path.join(volumes, volumeId, 'aside'))
      await symlink(foreign, path.join(volumes, volumeId, 'd'))
      await copied
      expect((await execute('find', [volumes, '-size', '+0', '-type', 'f', '-print', '-quit'])).stdout).toBe('')
      expect(await readdir(path.join(test.root, 'trash'))).toEqual([])
    })

    it('a link in the place of its socket leads to nobody else', async () => {
      const ports = [{ name: 'http', port: 8080 }]
      const socketOf = (script: string) => ({ ports, command: ['/bin/sh', '-c', script, 'sh', '{socket:http}'] })
      const serve = `exec /usr/bin/python3 -c 'import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); time.sleep(600)' "$1"`
      const other = await probe.start('', { tenant: 'other', ...socketOf(serve) })
      const endpoint = await until(() => test.runtime.instances.endpoint(other, 'http'))
      const foreign = endpoint.kind === 'unix' ? endpoint.path : ''
      const mine = await probe.start('', {
        tenant: 'me',
        ...socketOf(`ln -s '${foreign}' "$1"; echo linked; exec sleep 600`),
      })
      await probe.logged(mine, 'linked')
      expect(await test.runtime.instances.endpoint(mine, 'http')).toBeUndefined()
    })

    it('variables arrive as they were given, and mean nothing to what stands before the wall', async () => {
      const odd = `two\nlines LAB_ENV_X=1 'q' "d" $HOME \`id\` \\`
      const { log } = await run(
        'printf "%s|%s|%s|%s" "$ODD" "$SECRET" "$LD_PRELOAD" "$USER"; env | grep -c ^LAB_ENV_',
        {
          env: { ODD: odd },
          secretEnv: { SECRET: odd, LD_PRELOAD: '/tmp/evil.so' },
        },
      )
      expect(log.replaceAll(/ERROR: ld\.so.*\n/g, '')).toBe(`${odd}|${odd}|/tmp/evil.so|lab0\n`)
      // The loader complains once for each program: for the command's, not for the shells and tools before it.
      expect(log.match(/ERROR: ld\.so/g)?.length).toBeLessThanOrEqual(4)
    })

    it('folders mounted read-only cannot be changed', async () => {
      const mount = await volumeOf('me', true)
      await test.runtime.volumes.writeFile(mount.volumeId, 'model/data.txt', Buffer.from('model'))
      const script = `cat "$1/model/data.txt"
        { echo changed >"$1/model/data.txt" || chmod u+w "$1/model/data.txt" || rm "$1/model/data.txt" || touch "$1/new"; } 2>/dev/null && echo LEAK; echo`
      const command = ['/bin/sh', '-c', script, 'sh', '{volume:fixed}']
      expect((await run('', { tenant: 'me', mounts: [mount], command })).log).toBe('model\n')
      expect(await readFile(path.join(test.root, 'volumes', mount.volumeId, 'model/data.txt'), 'utf8')).toBe('model')
    })

    it('files of the platform in a sealed volume are read in place, and nothing done to them reaches the platform', async () => {
      const store = path.join(path.dirname(test.root), 'objects')
      await mkdir(store, { mode: 0o700 })
      const blob = path.join(store, 'blob')
      await writeFile(blob, 'precious, shared')
      await chmod(blob, 0o444)
      const volume = { id: newId(), projectId: 'project', tenant: 'project' }
      await test.runtime.volumes.ensure({ ...volume, sealed: true })
      await test.runtime.volumes.placeFile(volume.id, 'deep/whole', { file: blob, start: 0, sizeBytes: 16 })
      await test.runtime.volumes.placeFile(volume.id, 'deep/part', { file: blob, start: 10, sizeBytes: 6 })
      await test.runtime.volumes.writeFile(volume.id, 'deep/written', Buffer.from('streamed'))
      const placed = path.join(test.root, 'volumes', volume.id)
      const ofBlob = await stat(blob)
      // Without a user of its own for the workload it gets a copy, which may share blocks and nothing else.
      expect((await stat(path.join(placed, 'deep/whole'))).ino === ofBlob.ino).toBe(isRoot)
      const [home, fixed] = [
        await volumeOf('me'),
        { volumeId: volume.id, name: 'fixed', path: '/fixed', readOnly: true },
      ]
      const script = `cd "$1"; cat deep/whole deep/part deep/written; echo
        for file in deep/whole deep/part deep/written; do
          { echo changed >"$file"; } && echo LEAK write; { echo more >>"$file"; } && echo LEAK append
          truncate -s 0 "$file" && echo LEAK truncate; dd if=/dev/zero of="$file" conv=notrunc count=1 && echo LEAK dd
          chmod u+w "$file" && echo LEAK chmod; chown "$(id -u)" "$file" && echo LEAK chown; touch "$file" && echo LEAK touch
          rm -f "$file" && echo LEAK rm; mv "$file" deep/moved && echo LEAK mv; mv "$file" "$2/moved" && echo LEAK mv out
          ln -sfn /etc/passwd "$file" && echo LEAK symlink; setfattr -n user.x -v y "$file" && echo LEAK xattr
          exec 7<"$file" && { echo changed >/proc/self/fd/7; } && echo LEAK fd; { echo changed 1<>/proc/self/fd/7; } && echo LEAK fd2; exec 7<&-
          ln "$file" "$2/mine" && { { echo changed >"$2/mine"; } || chmod 666 "$2/mine"; } && echo LEAK link; rm -f "$2/mine"
        done
        { touch new || mkdir made || touch deep/new || rmdir deep || mv deep other || chmod 777 . || chmod 777 deep; } && echo LEAK folder
        { ls '${store}' || cat '${blob}'; } && echo LEAK store; echo end`
      const command = ['/bin/sh', '-c', `{ ${script}\n} 2>/dev/null`, 'sh', '{volume:fixed}', '{volume:work}']
      const { log } = await run('', { tenant: 'me', mounts: [home, fixed], workingMount: 'work', command })
      expect(log).toBe('precious, sharedsharedstreamed\nend\n')
      expect(await readFile(blob, 'utf8')).toBe('precious, shared')
      const { mode, uid, nlink } = await stat(blob)
      expect({ mode: mode & 0o777, uid, nlink }).toEqual({ mode: 0o444, uid: ofBlob.uid, nlink: isRoot ? 2 : 1 })
    })

    it.runIf(isRoot)(
      'a sealed volume is closed to other projects, and a link kept of it is never handed over',
      async () => {
        const blob = path.join(await passableFolder(), 'blob')
        await writeFile(blob, 'precious')
        await chmod(blob, 0o444)
        const volume = { id: newId(), projectId: 'project', tenant: 'project' }
        await test.runtime.volumes.ensure({ ...volume, sealed: true })
        await test.runtime.volumes.placeFile(volume.id, 'data', { file: blob, start: 0, sizeBytes: 8 })
        const file = path.join(test.root, 'volumes', volume.id, 'data')
        const stranger = await run(`cat '${file}' 2>/dev/null && echo LEAK; echo end`, { projectId: 'other' })
        expect(stranger.log).toBe('end\n')
        // As a machine without protected hard links lets a workload do; then its volume changes hands.
        const home = await volumeOf('me')
        const kept = path.join(test.root, 'volumes', home.volumeId)
        await link(file, path.join(kept, 'kept'))
        await writeFile(path.join(kept, 'own'), 'x')
        await test.runtime.volumes.ensure({ id: home.volumeId, projectId: 'project', tenant: 'somebody else' })
        expect((await stat(path.join(kept, 'own'))).uid).toBeGreaterThanOrEqual(20_000)
        expect((await stat(blob)).uid).toBe(0)
      },
    )

    it('a further command runs inside, with the same user and the same view', async () => {
      const mount = await volumeOf('me')
      const look = 'id -u; pwd; ls /proc | grep -c "^[0-9]"; echo "$TOKEN"'
      const where = { tenant: 'me', mounts: [mount], workingMount: 'work', secretEnv: { TOKEN: 'mine' } }
      const ref = await probe.start(`${look}; exec sleep 600`, where)
      await probe.logged(ref, 'mine')
      const [uid, folder, processes] = (await probe.log(ref)).split('\n')
      const { code, output } = await exec(ref, look)
      expect({ code, lines: output.split('\n').toSpliced(2, 1) }).toEqual({ code: 0, lines: [uid, folder, 'mine', ''] })
      if (wall.isolation === 'namespaces') expect(Number(processes)).toBeLessThan(10)
      if (isRoot) expect(Number(uid)).toBeGreaterThanOrEqual(20_000)
    })

    it('programs know their name and have a home and a /tmp to write to', async () => {
      const script =
        'touch "$HOME/a" "$TMPDIR/b" /tmp/c && whoami 2>/dev/null; echo "$USER $LOGNAME"; echo said >>/dev/stderr'
      expect((await run(script)).log).toBe(`${wall.isolation === 'namespaces' ? 'lab\n' : ''}lab lab\nsaid\n`)
    })

    it.runIf(isRoot)('everybody keeps his user over a restart, and no two share one', async () => {
      const id = async (tenant: string) => (await run('id -u; id -g', { tenant })).log
      const before = [await id('me'), await id('other')]
      await test.reopen()
      expect([await id('me'), await id('other')]).toEqual(before)
      expect(new Set(before.map((text) => text.split('\n')[0])).size).toBe(2)
      expect(new Set(before.map((text) => text.split('\n')[1])).size).toBe(1)
    })
  })
}

describe('the choice of a wall', () => {
  const open = async (rest: Parameters<typeof openRuntime>[0]) => {
    const runtime = await openRuntime(rest)
    const { isolation, isolationDetail, removal } = runtime.capabilities
    await runtime.close()
    return { isolation, isolationDetail, removal }
  }

  it('falls back to none where nothing works, and says why', async () => {
    const folder = await passableFolder()
    const closed = path.join(folder, 'closed')
    await mkdir(closed, { mode: 0o700 })
    const base = { root: path.join(closed, 'data', 'runtime'), imagesRoot: folder, bwrapPath: '/bin/false' }
    const chosen = await open({ ...base, isolation: 'auto' })
    expect(chosen.isolation).toBe('none')
    expect(chosen.isolationDetail).toContain('one trusting team')
    expect(chosen.isolationDetail).toContain(isRoot ? `${closed} is closed to other users` : 'not started as root')
    await expect(open({ ...base, isolation: 'namespaces' })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(open({ ...base, isolation: 'users' })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })

  it.runIf(isRoot)('needs a Python that users can start', async () => {
    const base = {
      root: path.join(await passableFolder(), 'data', 'runtime'),
      imagesRoot: '/',
      bwrapPath: '/bin/false',
    }
    const chosen = await open({ ...base, isolation: 'auto', pythonCandidates: ['/nowhere/python3'] })
    expect(chosen).toMatchObject({ isolation: 'none', isolationDetail: expect.stringContaining('LAB_PYTHON') })
  })

  it.runIf(isRoot)(
    'hands volumes over that were made without users, and closes the rest of the data root',
    async () => {
      const root = path.join(await passableFolder(), 'data', 'runtime')
      const before = await shellRuntime(root, { isolation: 'none' })
      const volume = { id: newId(), projectId: 'project', tenant: 'me' }
      await before.runtime.volumes.ensure(volume)
      await before.runtime.volumes.writeFile(volume.id, 'deep/file.txt', Buffer.from('old'))
      await before.runtime.close()
      const database = path.join(path.dirname(root), 'lab.sqlite')
      await writeFile(database, '', { mode: 0o644 })

      const after = await shellRuntime(root, { isolation: 'users' })
      const probe = createProbe(after)
      await after.runtime.volumes.ensure(volume)
      const mounts = [{ volumeId: volume.id, name: 'work', path: '/work', readOnly: false }]
      const ref = await probe.start('echo new >>deep/file.txt; cat deep/file.txt', {
        ...volume,
        mounts,
        workingMount: 'work',
      })
      await probe.ended(ref)
      expect(await probe.log(ref)).toBe('oldnew\n')
      expect((await stat(database)).mode & 0o777).toBe(0o600)
      expect((await stat(path.dirname(root))).mode & 0o777).toBe(0o711)
      await probe.cleanUp()
      await after.runtime.close()
    },
  )
})
