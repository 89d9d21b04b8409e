// One file is fetched for all screens of decisions.
import './decisions.css'

export { DecisionScreen } from './DecisionScreen'
export { DecisionsScreen } from './DecisionsScreen'
export { OfScreen } from './OfScreen'
