import type { ComponentChildren } from 'preact'

export interface Column<Row> {
  readonly label: string
  readonly render: (row: Row) => ComponentChildren
  /** Figures are aligned to the end of the line. */
  readonly figures?: boolean
  /** Buttons: the label is for screen readers only. */
  readonly actions?: boolean
}

interface DataTableProps<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
}

/** Browsers forget the roles of table elements that are displayed as something else, so they are named. */
function as<Role extends 'table' | 'rowgroup' | 'row' | 'columnheader' | 'rowheader' | 'cell'>(role: Role) {
  return { role }
}

/** A table that becomes a list of cards on narrow screens. */
export function DataTable<Row>({ caption, columns, rows, keyOf }: DataTableProps<Row>) {
  return (
    <div class="table-frame">
      <table class="data" {...as('table')}>
        <caption class="visually-hidden">{caption}</caption>
        <thead {...as('rowgroup')}>
          <tr {...as('row')}>
            {columns.map(({ label, figures, actions }) => (
              <th key={label} scope="col" {...as('columnheader')} class={figures === true ? 'figures' : ''}>
                {actions === true ? <span class="visually-hidden">{label}</span> : label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...as('rowgroup')}>
          {rows.map(row => (
            <tr key={keyOf(row)} {...as('row')}>
              {columns.map((column, index) => (
                <Cell key={column.label} column={column} row={row} head={index === 0} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface CellProps<Row> {
  readonly column: Column<Row>
  readonly row: Row
  readonly head: boolean
}

function Cell<Row>({ column: { label, render, figures, actions }, row, head }: CellProps<Row>) {
  if (head) {
    return (
      <th scope="row" {...as('rowheader')}>
        {render(row)}
      </th>
    )
  }
  const kind = figures === true ? 'figures' : actions === true ? 'actions' : ''
  return (
    <td {...as('cell')} class={kind} data-label={actions === true ? undefined : label}>
      {render(row)}
    </td>
  )
}
