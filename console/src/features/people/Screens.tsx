// The screens about people, fetched together: whoever finds somebody opens them.
export { FindScreen } from './FindScreen'
export { PersonScreen } from './PersonScreen'
