import type { JSX } from 'preact'
import { useLoad } from '../../shared/load.ts'
import { api } from '../api/client.ts'
import type { DeadJob, Jobs as JobsData, Queue } from '../api/types.ts'
import { Nothing, Show, useAction } from '../components/feedback.tsx'
import { PageHead, Section } from '../components/page.tsx'
import { When } from '../components/parts.tsx'
import { type Column, DataTable } from '../components/table.tsx'
import { formatCount } from '../lib/format.ts'
import { useStaff } from '../session/session.ts'

const figure = (label: string, name: Exclude<keyof Queue, 'name'>): Column<Queue> => ({
  label,
  figures: true,
  render: queue => <span class={queue[name] === 0 ? 'muted' : ''}>{formatCount(queue[name])}</span>,
})

const columns: readonly Column<Queue>[] = [
  { label: 'Queue', render: ({ name }) => <code>{name}</code> },
  figure('Waiting', 'waiting'),
  figure('Running', 'active'),
  figure('Trying again', 'retrying'),
  figure('Done', 'completed'),
  figure('Failed', 'failed'),
]

/** What runs in the background, and what has given up. */
export function Jobs(): JSX.Element {
  const load = useLoad(() => api.get<JobsData>('/staff/jobs'), [])
  const refresh = (
    <button type="button" class="button" onClick={load.reload}>
      Refresh
    </button>
  )
  return (
    <>
      <PageHead
        title="Background jobs"
        lead="Background work: welcome messages, expiring licences, cleanup."
        actions={refresh}
      />
      <Show load={load}>
        {({ queues, dead }) => (
          <>
            <Section title="Given up" lead="Tried as often as allowed, without success. They can be run again.">
              {dead.length === 0 ? (
                <Nothing>None. Everything went well.</Nothing>
              ) : (
                <ul class="plain lines">
                  {dead.map(job => (
                    <DeadLine key={job.id} job={job} onRetried={load.reload} />
                  ))}
                </ul>
              )}
            </Section>
            <DataTable caption="Queues" columns={columns} rows={queues} keyOf={({ name }) => name} />
          </>
        )}
      </Show>
    </>
  )
}

function DeadLine({ job, onRetried }: { readonly job: DeadJob; readonly onRetried: () => void }): JSX.Element {
  const { can } = useStaff()
  const { busy, run } = useAction()
  const retry = async (): Promise<void> => {
    if (
      await run(() => api.post(`/staff/jobs/${job.id}/retry`), `A job of ${job.queue} was put back into its queue.`)
    ) {
      onRetried()
    }
  }
  return (
    <li class="line">
      <span class="line__text">
        <code>{job.queue}</code>
        <span class="muted small">
          {job.attempts} attempts, since <When at={job.created_at} />
        </span>
        <span class="breakable small">{job.error}</span>
      </span>
      {can('jobs.change_job') && (
        <button type="button" class="button button--small" aria-disabled={busy} onClick={() => void retry()}>
          <span>
            {busy ? 'One moment …' : 'Run again'}
            <span class="visually-hidden"> the job of {job.queue}</span>
          </span>
        </button>
      )}
    </li>
  )
}
