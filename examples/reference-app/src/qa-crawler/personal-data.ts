/** What the app's export does with crawler runs. */
export { selectForExport } from './runs.repository.ts'
