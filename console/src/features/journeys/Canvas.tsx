// A journey as a graph, laid out by itself. It can do what the outline can, by the same keys; numbers are apart from it, and change without it.
import { graphlib, layout } from '@dagrejs/dagre'
import { Background, Controls, Handle, MarkerType, Position, ReactFlow, type Edge, type Node, type NodeProps } from '@xyflow/react'
import { createContext, memo, useContext, useMemo } from 'react'

import { say } from '../../words/words'
import type { Counts } from './counts'
import type { Journey, Step } from './graph'
import { Numbers } from './Numbers'
import type { End } from './ends'
import { kindOf, summary } from './steps'
import '@xyflow/react/dist/style.css'

const size = { width: 236, height: 84 }
interface Doing { counts: Counts, select: (name: string) => void, people: ((step: string, end: End) => void) | undefined, edits: boolean }
const Does = createContext<Doing | undefined>(undefined)

/** How the outline calls a step too: by its id, or its place. */
export const nameIn = (s: Step): string => s.id ?? String(s.index)

type Drawn = Node<{ step: Step, wrong: boolean, stands: boolean, selected: boolean }, 'step'>

const StepNode = memo(function StepNode ({ data: { step, wrong, stands, selected } }: NodeProps<Drawn>) {
  const does = useContext(Does)
  const kind = kindOf(step.raw)
  if (does === undefined) return null
  return (
    <>
      <Handle type='target' position={Position.Top} isConnectable={does.edits} />
      <button type='button' className='step' aria-pressed={selected} data-step={nameIn(step)} data-here={stands ? true : undefined} data-wrong={wrong ? true : undefined} onClick={() => does.select(nameIn(step))}>
        <span className='kind'>{kind === undefined ? say('a step') : say(kind.name)}{step.id !== undefined && ` · ${step.id}`}{stands && <b> · {say('stands here')}</b>}{wrong && <b className='bad'> · {say('something is wrong')}</b>}</span>
        <span className='what'>{summary(step.raw)}</span>
      </button>
      <Numbers counts={does.counts} step={step.label} open={does.people} />
      {step.kind !== 'exit' && <Handle type='source' position={Position.Bottom} isConnectable={does.edits} />}
    </>
  )
})

const nodeTypes = { step: StepNode }

/** Where steps stand: in ranks from above to below, as they lead on. */
export function places (journey: Journey): Map<string, { x: number, y: number }> {
  const g = new graphlib.Graph()
  g.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 48 })
  g.setDefaultEdgeLabel(() => ({}))
  for (const s of journey.steps) g.setNode(s.label, { ...size })
  for (const s of journey.steps) for (const w of s.ways) if (g.hasNode(w.to)) g.setEdge(s.label, w.to)
  layout(g)
  return new Map(journey.steps.map((s) => { const at = g.node(s.label) as { x: number, y: number }; return [s.label, { x: at.x - size.width / 2, y: at.y - size.height / 2 }] }))
}

export function Canvas ({ journey, counts, selected, stands, wrong, select, people, connect }: {
  journey: Journey
  counts: Counts
  selected: string | undefined
  /** The names of the steps where the dry-run stands, and of those with problems. */
  stands: string
  wrong: string
  select: (name: string) => void
  people: ((step: string, end: End) => void) | undefined
  connect: ((from: string, to: string) => void) | undefined
}) {
  const at = useMemo(() => places(journey), [journey])
  const nodes = useMemo(() => {
    const [here, bad] = [stands.split(' '), wrong.split(' ')]
    return journey.steps.map((step): Drawn => ({
      id: step.label, type: 'step', position: at.get(step.label) ?? { x: 0, y: 0 }, ...size, draggable: false, selectable: false, focusable: false,
      data: { step, wrong: bad.includes(nameIn(step)), stands: here.includes(nameIn(step)) || here.includes(step.label), selected: selected === nameIn(step) },
    }))
  }, [journey, at, selected, stands, wrong])
  const edges = useMemo(() => journey.steps.flatMap((s) => s.ways.filter((w) => at.has(w.to)).map((w, k): Edge => ({
    id: `${s.label} ${k}`, source: s.label, target: w.to, label: w.says.length > 26 ? `${w.says.slice(0, 25)}…` : w.says, type: 'smoothstep', focusable: false, className: w.by, markerEnd: { type: MarkerType.ArrowClosed },
  }))), [journey, at])
  const edits = connect !== undefined
  const does = useMemo(() => ({ counts, select, people, edits }), [counts, select, people, edits])
  return (
    <Does.Provider value={does}>
      <ReactFlow<Drawn>
        nodes={nodes} edges={edges} nodeTypes={nodeTypes} fitView fitViewOptions={{ maxZoom: 1, minZoom: 0.6 }} minZoom={0.1} nodesDraggable={false} nodesFocusable={false} edgesFocusable={false} disableKeyboardA11y elementsSelectable={false}
        nodesConnectable={edits} deleteKeyCode={null} onConnect={(c) => connect?.(c.source, c.target)} aria-label={say('Steps as a graph; the outline has the same as a list')}
        ariaLabelConfig={{ 'controls.ariaLabel': say('Size of the graph'), 'controls.zoomIn.ariaLabel': say('Larger'), 'controls.zoomOut.ariaLabel': say('Smaller'), 'controls.fitView.ariaLabel': say('All of it') }}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </Does.Provider>
  )
}
