import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { useLoad } from '../../shared/load.ts'
import { api } from '../api/client.ts'
import type { ApiToken } from '../api/types.ts'
import { Nothing, Show } from '../components/feedback.tsx'
import { MintDialog, MintedDialog, type MintedToken } from '../components/mint-dialog.tsx'
import { PageHead } from '../components/page.tsx'
import { RevokeDialog } from '../components/revoke-dialog.tsx'
import { type Column, DataTable } from '../components/table.tsx'
import { TokenState, tokenColumns } from '../components/token-columns.tsx'

const path = '/accounts/tokens/'

/** The visitor's own API tokens. Those of others are on the pages of the people. */
export function Tokens(): JSX.Element {
  const load = useLoad(() => api.get<{ items: readonly ApiToken[] }>(path), [])
  const [minting, setMinting] = useState(false)
  const [minted, setMinted] = useState<MintedToken>()
  const [revoking, setRevoking] = useState<ApiToken>()
  const revoke: Column<ApiToken> = {
    label: 'Action',
    actions: true,
    render: token => <TokenState token={token} onRevoke={() => setRevoking(token)} />,
  }
  const mint = (
    <button type="button" class="button button--primary" onClick={() => setMinting(true)}>
      New token …
    </button>
  )
  return (
    <>
      <PageHead
        title="API tokens"
        lead="Yours, for scripts and platforms that act in your name. Those of others are on their pages."
        actions={mint}
      />
      <Show load={load}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing>You have no tokens.</Nothing>
          ) : (
            <DataTable
              caption="Your API tokens"
              columns={[...tokenColumns, revoke]}
              rows={items}
              keyOf={({ id }) => id}
            />
          )
        }
      </Show>
      {minting && (
        <MintDialog
          onClose={() => setMinting(false)}
          onMint={async body => {
            setMinted(await api.post<MintedToken>(path, body))
            load.reload()
          }}
        />
      )}
      {minted !== undefined && !minting && <MintedDialog token={minted} onClose={() => setMinted(undefined)} />}
      {revoking !== undefined && (
        <RevokeDialog
          token={revoking}
          path={`${path}${revoking.id}/`}
          onRevoked={load.reload}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </>
  )
}
