// A journey as a graph, laid out by itself. It can do what the outline can, by the same keys; numbers are apart from it, and change without it.
import { Background, BaseEdge, Controls, Handle, MarkerType, Position, ReactFlow, type Edge, type EdgeProps, type Node, type NodeProps } from '@xyflow/react'
import { createContext, memo, useContext, useMemo } from 'react'

import { say } from '../../words/words'
import type { Counts } from './counts'
import type { Journey, Step } from './graph'
import { curve, laidOut, size, type Laid } from './layout'
import { Numbers } from './Numbers'
import type { End } from './ends'
import { kindOf, summary } from './steps'
import '@xyflow/react/dist/style.css'

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

/** How far a way ends before a step, so that its tip is seen beside the dot there. */
const dot = 6

type Line = Edge<{ way: Laid }, 'way'>

const WayLine = memo(function WayLine ({ data, markerEnd }: EdgeProps<Line>) {
  if (data === undefined) return null
  const { points, label, at } = data.way
  const [was, last] = [points.at(-2), points.at(-1)]
  const tip = last === undefined || was === undefined ? points : [...points.slice(0, -1), { x: last.x, y: last.y - Math.sign(last.y - was.y) * dot }]
  return <BaseEdge path={curve(tip)} {...(markerEnd === undefined ? {} : { markerEnd })} {...(label === '' || at === undefined ? {} : { label, labelX: at.x, labelY: at.y })} />
})

const nodeTypes = { step: StepNode }
const edgeTypes = { way: WayLine }

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
  const laid = useMemo(() => laidOut(journey), [journey])
  const nodes = useMemo(() => {
    const [here, bad] = [stands.split(' '), wrong.split(' ')]
    return journey.steps.map((step): Drawn => ({
      id: step.label, type: 'step', position: laid.steps.get(step.label) ?? { x: 0, y: 0 }, ...size, draggable: false, selectable: false, focusable: false,
      data: { step, wrong: bad.includes(nameIn(step)), stands: here.includes(nameIn(step)) || here.includes(step.label), selected: selected === nameIn(step) },
    }))
  }, [journey, laid, selected, stands, wrong])
  const edges = useMemo(() => laid.ways.map((way, k): Line => ({
    id: `${way.from} ${k}`, source: way.from, target: way.to, type: 'way', data: { way }, focusable: false, className: way.by, markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--ink-3)' },
  })), [laid])
  const edits = connect !== undefined
  const does = useMemo(() => ({ counts, select, people, edits }), [counts, select, people, edits])
  return (
    <Does.Provider value={does}>
      <ReactFlow<Drawn, Line>
        nodes={nodes} edges={edges} nodeTypes={nodeTypes} edgeTypes={edgeTypes} fitView fitViewOptions={{ maxZoom: 1, minZoom: 0.6 }} minZoom={0.1} nodesDraggable={false} nodesFocusable={false} edgesFocusable={false} disableKeyboardA11y elementsSelectable={false}
        nodesConnectable={edits} deleteKeyCode={null} onConnect={(c) => connect?.(c.source, c.target)} aria-label={say('Steps as a graph; the outline has the same as a list')}
        ariaLabelConfig={{ 'controls.ariaLabel': say('Size of the graph'), 'controls.zoomIn.ariaLabel': say('Larger'), 'controls.zoomOut.ariaLabel': say('Smaller'), 'controls.fitView.ariaLabel': say('All of it') }}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </Does.Provider>
  )
}
