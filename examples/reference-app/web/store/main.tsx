import '../shared/styles.css'
import './styles/store.css'
import { render } from 'preact'
import { reloadWhenBuilt } from '../shared/reload.ts'
import { App } from './app.tsx'

reloadWhenBuilt()
const root = document.getElementById('app')
if (root !== null) render(<App />, root)
