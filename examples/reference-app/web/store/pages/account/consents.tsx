import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { messageOf } from '../../../shared/api-error.ts'
import { Check } from '../../../shared/field.tsx'
import { day, humanise } from '../../../shared/format.ts'
import { toast } from '../../../shared/toast.tsx'
import type { Consent, ConsentText, Profile } from '../../../shared/types.ts'
import { labelOf } from '../../parts/profile-check.ts'
import { profilePath, useProfile, useSession } from '../../session.tsx'

/** The decisions of the person; each can be changed at any time. */
export function ConsentsSection(): JSX.Element | null {
  const { config } = useSession()
  const { consents } = useProfile()
  if (config.consents.length === 0) return null
  return (
    <section class="stack" aria-labelledby="consents-heading">
      <h2 id="consents-heading">Consents</h2>
      <div class="card stack">
        {config.consents.map(text => (
          <ConsentCheck key={text.purpose} text={text} given={consents.find(one => one.purpose === text.purpose)} />
        ))}
      </div>
    </section>
  )
}

interface ConsentCheckProps {
  readonly text: ConsentText
  readonly given: Consent | undefined
}

function ConsentCheck({ text, given }: ConsentCheckProps): JSX.Element {
  const { api, config, setProfile } = useSession()
  // What was just decided, until the server has it; then its answer counts.
  const [wanted, setWanted] = useState<boolean>()
  const { purpose, version } = text
  const fields = Object.entries(config.profile.schema.properties)
    .filter(([, schema]) => schema.consent === purpose)
    .map(([name, schema]) => labelOf(name, schema))

  const decide = async (granted: boolean): Promise<void> => {
    setWanted(granted)
    try {
      setProfile(await api.put<Profile>(`${profilePath}consents/`, { purpose, version, granted }))
      toast(granted ? 'Your consent is recorded.' : 'Your consent is withdrawn.')
    } catch (error) {
      toast(messageOf(error), 'bad')
    } finally {
      setWanted(undefined)
    }
  }
  return (
    <Check
      label={text.text}
      hint={hintFor(given, fields)}
      checked={wanted ?? given?.granted === true}
      onChecked={granted => void decide(granted)}
    />
  )
}

function hintFor(given: Consent | undefined, fields: readonly string[]): string {
  const since = given === undefined ? 'Not given' : `${given.granted ? 'Given' : 'Withdrawn'} on ${day(given.at)}`
  const removed = fields.length === 0 ? '' : ` Withdrawing it removes: ${fields.map(humanise).join(', ')}.`
  return `${since}.${given?.granted === true ? removed : ''}`
}
