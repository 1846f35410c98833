import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { TextArea, TextField } from '../../shared/field.tsx'
import type { AccessRequest } from '../../shared/types.ts'
import { Choice } from './choice.tsx'
import { FormDialog } from './dialog.tsx'

interface DecisionProps {
  readonly request: AccessRequest
  readonly onDecide: (body: object) => Promise<void>
  readonly onClose: () => void
}

const terms = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: '1095', label: '3 years' },
  { value: 'other', label: 'Other' },
] as const

type Term = (typeof terms)[number]['value']

/** How long the licence lasts. */
export function ApproveDialog({ request, onDecide, onClose }: DecisionProps): JSX.Element {
  const [term, setTerm] = useState<Term>('365')
  const [days, setDays] = useState('365')
  const name = request.requester?.name ?? 'The person'
  const choose = (value: Term): void => {
    setTerm(value)
    if (value !== 'other') setDays(value)
  }
  return (
    <FormDialog
      title="Approve the request"
      action="Approve"
      onClose={onClose}
      onSubmit={async () => {
        await onDecide({ days: Number(days) })
        return `Approved: ${name} has a licence for ${days} days.`
      }}
    >
      <p>
        {name} gets a licence for <strong>{request.asset.title}</strong>, from now on.
      </p>
      <Choice legend="How long the licence lasts" name="term" options={terms} value={term} onChange={choose} />
      {term === 'other' && (
        <TextField
          label="Days"
          type="number"
          min={1}
          max={3650}
          step={1}
          inputMode="numeric"
          required
          value={days}
          onValue={setDays}
        />
      )}
    </FormDialog>
  )
}

/** Why not; the person reads the reason. */
export function RefuseDialog({ request, onDecide, onClose }: DecisionProps): JSX.Element {
  const [reason, setReason] = useState('')
  const [fault, setFault] = useState<string>()
  const name = request.requester?.name ?? 'the person'
  return (
    <FormDialog
      title="Refuse the request"
      action="Refuse"
      danger
      onClose={onClose}
      onSubmit={async () => {
        await onDecide({ reason: reason.trim() })
        return `Refused: ${name} can read your reason.`
      }}
    >
      <p>
        For <strong>{request.asset.title}</strong>, asked by {name}.
      </p>
      <TextArea
        label="Reason"
        hint="They read this under their requests."
        required
        maxLength={1000}
        fault={fault}
        value={reason}
        onValue={value => {
          setReason(value)
          setFault(undefined)
        }}
        onInvalid={event => {
          event.preventDefault()
          setFault('Say why, in a sentence.')
          event.currentTarget.focus()
        }}
      />
    </FormDialog>
  )
}
