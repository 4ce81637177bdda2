import type { Snippet } from '../../components/CodeBlock.tsx'

/** Code that loads a version, by its alias if it has one. */
export function modelSnippets(
  address: string,
  project: string,
  { model, version, alias }: { model: string; version: number; alias: string | undefined },
): Snippet[] {
  const uri = `models:/${model}${alias === undefined ? `/${version}` : `@${alias}`}`
  return [
    {
      name: 'Python',
      language: 'python',
      code: [
        'import mlflow',
        '',
        '# the token stands in MLFLOW_TRACKING_TOKEN',
        `mlflow.set_tracking_uri(${JSON.stringify(`${address}/mlflow/${project}`)})`,
        `model = mlflow.pyfunc.load_model(${JSON.stringify(uri)})`,
        'print(model.metadata.signature)',
      ].join('\n'),
    },
    {
      name: 'curl',
      language: 'shell',
      code: [
        `curl "${address}/api/projects/${project}/models/${encodeURIComponent(model)}/versions/${version}" \\`,
        '  -H "Authorization: Bearer $LAB_API_TOKEN"',
      ].join('\n'),
    },
  ]
}
