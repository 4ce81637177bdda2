import type { FolderRef, Trees } from '../files/files.ts'
import type { DeployableModel } from './services.ts'

const PAGE = 500

/** A model version with its files to be copied, one after the other, their paths below the folder of the model. */
export function withFiles(
  trees: Trees,
  model: {
    name: string
    version: number
    tree: FolderRef
    folder: string
    requirements: readonly string[]
    python: string | null
  },
): DeployableModel {
  const { tree, folder } = model
  async function* files() {
    let after: string | undefined
    for (;;) {
      const entries = await trees.walk(tree, folder, { limit: PAGE, ...(after === undefined ? {} : { after }) })
      for (const { path } of entries)
        yield {
          path: folder === '' ? path : path.slice(folder.length + 1),
          open: async () => (await trees.open(tree, path)).stream,
        }
      after = entries.at(-1)?.path
      if (entries.length < PAGE) return
    }
  }
  return { name: model.name, version: model.version, requirements: model.requirements, python: model.python, files }
}
