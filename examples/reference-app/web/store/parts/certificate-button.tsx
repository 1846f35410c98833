import type { JSX } from 'preact'
import { saveFile } from '../../shared/api.ts'
import { messageOf } from '../../shared/api-error.ts'
import { toast } from '../../shared/toast.tsx'
import type { Licence } from '../../shared/types.ts'
import { useSession } from '../session.tsx'

export interface CertificateButtonProps {
  readonly licence: Pick<Licence, 'id'>
  /** For screen readers, where there are several: of which work. */
  readonly of?: string
}

/** Downloads the certificate; a plain link could not carry the access token. */
export function CertificateButton({ licence, of }: CertificateButtonProps): JSX.Element {
  const { api } = useSession()
  const fetchFile = async (): Promise<void> => {
    try {
      const { blob, name = 'licence.txt' } = await api.download(`/store/licences/${licence.id}/certificate`)
      saveFile(blob, name)
    } catch (error) {
      toast(messageOf(error), 'bad')
    }
  }
  return (
    <button type="button" class="button button--small" onClick={() => void fetchFile()}>
      Certificate{of !== undefined && <span class="visually-hidden"> of {of}</span>}
    </button>
  )
}
