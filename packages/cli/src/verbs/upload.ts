import path from 'node:path'

import { uploadFiles } from '@mllab/sdk'
import type { Command } from 'commander'

import { contextOf } from '../context.ts'
import { Failure, UsageError } from '../failures.ts'
import { openProgress } from '../output/progress.ts'
import type { Surroundings } from '../surroundings.ts'
import { fileMemory } from './file-memory.ts'
import { localFiles } from './local-files.ts'

export function addUpload(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('upload')
    .argument('<path...>', 'a file, a folder, or several of both')
    .description('upload as a new version of a dataset or a model; the same command continues what was interrupted')
    .option('--project <slug>', 'where to; default: LAB_PROJECT, then the one of `mllab use`')
    .option('--name <name>', 'of the dataset or model; default: the name of the file or folder')
    .option('--model', 'as a new version of a registered model')
    .action(async (paths: string[], options: { project?: string; name?: string; model?: true }) => {
      const context = await contextOf(command, surroundings)
      const project = context.project(options.project)
      const name = options.name ?? defaultName(paths)
      const { files, folder } = await localFiles(paths)
      if (files.length === 0) throw new Failure('There is no file in it.', 'An upload has one file at least.')
      const progress = openProgress(`Uploading ${name}`, surroundings.stderr)
      try {
        const version = await uploadFiles(context.client, {
          project,
          kind: options.model ? 'model' : 'dataset',
          name,
          files,
          folder,
          memory: fileMemory(surroundings, context.connection.url),
          onProgress: ({ sentBytes, totalBytes }) => progress.at(sentBytes, totalBytes),
          signal: context.signal,
        })
        progress.close()
        await context.print(version)
      } catch (error) {
        progress.close()
        if (context.signal.aborted) context.note('The same command continues from here.')
        throw error
      }
    })
}

function defaultName(paths: readonly string[]): string {
  const [only] = paths
  if (only === undefined || paths.length > 1) throw new UsageError('Several paths become one folder: give it a --name.')
  return path.basename(path.resolve(only))
}
