import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { ApiError } from '../../shared/api-error.ts'
import { type List, useList } from '../../shared/list.ts'
import { setQuery, useQuery } from '../../shared/router.tsx'
import type { AccessRequest, Page } from '../../shared/types.ts'
import { api } from '../api/client.ts'
import { Choice } from '../components/choice.tsx'
import { ShowList } from '../components/feedback.tsx'
import { PageHead } from '../components/page.tsx'
import { RequestCard } from '../components/request-card.tsx'
import { ApproveDialog, RefuseDialog } from '../components/request-dialogs.tsx'

const statuses = [
  { value: 'pending', label: 'To decide' },
  { value: 'approved', label: 'Approved' },
  { value: 'refused', label: 'Refused' },
  { value: 'withdrawn', label: 'Withdrawn' },
  { value: 'all', label: 'All' },
] as const

type Status = (typeof statuses)[number]['value']

const nothing: Readonly<Record<Status, string>> = {
  pending: 'No request is waiting. New ones appear here.',
  approved: 'No request was approved yet.',
  refused: 'No request was refused yet.',
  withdrawn: 'No withdrawn requests.',
  all: 'No requests yet.',
}

interface Deciding {
  readonly request: AccessRequest
  readonly how: 'approve' | 'refuse'
}

/** Requests for licences, and the decisions on them. */
export function Requests(): JSX.Element {
  const given = useQuery().get('status')
  const status: Status = statuses.find(({ value }) => value === given)?.value ?? 'pending'
  const list = useList<AccessRequest>(
    after =>
      api.get<Page<AccessRequest>>('/store/access-requests', { status: status === 'all' ? null : status, after }),
    [status],
  )
  const [deciding, setDeciding] = useState<Deciding>()
  return (
    <>
      <PageHead title="Requests" lead="People who ask for a licence wait for your answer." />
      <Choice
        legend="Which requests"
        name="status"
        options={statuses}
        value={status}
        onChange={value => setQuery({ status: value === 'pending' ? '' : value })}
      />
      <ShowList list={list} nothing={nothing[status]}>
        {items => (
          <ul class="plain stack">
            {items.map(request => (
              <RequestCard
                key={request.id}
                request={request}
                onApprove={() => setDeciding({ request, how: 'approve' })}
                onRefuse={() => setDeciding({ request, how: 'refuse' })}
              />
            ))}
          </ul>
        )}
      </ShowList>
      {deciding !== undefined && (
        <DecisionDialog deciding={deciding} list={list} onClose={() => setDeciding(undefined)} />
      )}
    </>
  )
}

interface DecisionDialogProps {
  readonly deciding: Deciding
  readonly list: List<AccessRequest>
  readonly onClose: () => void
}

function DecisionDialog({ deciding: { request, how }, list, onClose }: DecisionDialogProps): JSX.Element {
  const decide = async (body: object): Promise<void> => {
    try {
      await api.post(`/store/access-requests/${request.id}/${how}`, body)
      list.reload()
    } catch (error) {
      // Whatever the others decided belongs on the page; the dialog says why nothing was done here.
      if (error instanceof ApiError && (error.status === 409 || error.status === 404)) list.reload()
      throw error
    }
  }
  return how === 'approve' ? (
    <ApproveDialog request={request} onDecide={decide} onClose={onClose} />
  ) : (
    <RefuseDialog request={request} onDecide={decide} onClose={onClose} />
  )
}
