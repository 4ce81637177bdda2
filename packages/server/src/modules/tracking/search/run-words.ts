import type { SearchWords } from './grammar.ts'

/** What runs can be searched by (MLflow: entities/run_info.py, utils/search_utils.py). */
export const runWords: SearchWords = {
  entities: ['metric', 'param', 'tag', 'attribute', 'dataset'],
  textAttributes: ['run_id', 'run_name', 'status', 'user_id', 'artifact_uri'],
  numberAttributes: ['start_time', 'end_time'],
  aliases: {
    created: 'start_time',
    Created: 'start_time',
    'run name': 'run_name',
    'Run name': 'run_name',
    'Run Name': 'run_name',
    run_uuid: 'run_id',
  },
}
