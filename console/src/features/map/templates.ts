// Ways to begin an engagement: plain words that hold for anybody, to be made one's own. Every one is in each language of the console.
import { text } from '../../words/words'

/** A message on each channel, in one language. */
export interface Words { subject: string, email: string, sms: string }

export interface Template { id: string, name: string, says: string, strategy: string, words: Record<string, Words> }

const end = '\n\n{{ organisation }}'

export const templates: Template[] = [
  {
    id: 'news', name: text('How things stand'), says: text('For who waits and hears nothing: that they are not forgotten, and whom to ring.'), strategy: 'relationship',
    words: {
      en: {
        subject: 'You have not been forgotten',
        email: `Dear {{ name | default: "friend" }},\n\nWaiting without news is hard. You have not been forgotten. We are working on your next\nstep, and we will write as soon as there is something to tell.\n\nYou can ring us if you have a question, or if something has changed.${end}`,
        sms: '{{ name | default: "Hello" }}, you have not been forgotten. We will tell you as soon as there is news. Ring us if something has changed. {{ organisation }}. STOP ends these texts.',
      },
      es: {
        subject: 'No le hemos olvidado',
        email: `Hola, {{ name | default: "¿qué tal?" }}:\n\nEsperar sin noticias es duro. No le hemos olvidado. Estamos trabajando en su siguiente\npaso, y le escribiremos en cuanto haya algo que contar.\n\nPuede llamarnos si tiene una pregunta, o si algo ha cambiado.${end}`,
        sms: '{{ name | default: "Hola" }}, no le hemos olvidado. Le avisaremos en cuanto haya noticias. Llámenos si algo ha cambiado. {{ organisation }}. Con BAJA dejamos de escribirle.',
      },
    },
  },
  {
    id: 'ask', name: text('How is it going'), says: text('For who has begun something: a question, before they decide to stop.'), strategy: 'choice',
    words: {
      en: {
        subject: 'How is it going?',
        email: `Dear {{ name | default: "friend" }},\n\nHow is it going? Some things are hard at the beginning, and many of them can be made\neasier.\n\nIf anything worries you, ring us before you change anything. No question is too small.${end}`,
        sms: '{{ name | default: "Hello" }}, how is it going? If anything worries you, ring us before you change anything. No question is too small. {{ organisation }}. STOP ends these texts.',
      },
      es: {
        subject: '¿Cómo le va?',
        email: `Hola, {{ name | default: "¿qué tal?" }}:\n\n¿Cómo le va? Algunas cosas son difíciles al principio, y muchas de ellas se pueden\nhacer más fáciles.\n\nSi algo le preocupa, llámenos antes de cambiar nada. Ninguna pregunta es demasiado pequeña.${end}`,
        sms: '{{ name | default: "Hola" }}, ¿cómo le va? Si algo le preocupa, llámenos antes de cambiar nada. Ninguna pregunta es demasiado pequeña. {{ organisation }}. Con BAJA dejamos de escribirle.',
      },
    },
  },
  {
    id: 'next', name: text('What comes next'), says: text('For who has a step before them: what it is, and what helps to be ready.'), strategy: 'goal_setting',
    words: {
      en: {
        subject: 'What comes next',
        email: `Dear {{ name | default: "friend" }},\n\nYour next step is near. It helps to write down the questions you most want to ask, and\nto bring somebody along if you like.\n\nRing us if the day does not suit you: we will find another.${end}`,
        sms: '{{ name | default: "Hello" }}, your next step is near. Write down the questions you most want to ask. Ring us if the day does not suit you. {{ organisation }}. STOP ends these texts.',
      },
      es: {
        subject: 'Lo que viene ahora',
        email: `Hola, {{ name | default: "¿qué tal?" }}:\n\nSu siguiente paso está cerca. Ayuda anotar las preguntas que más quiere hacer, y venir\ncon alguien si lo desea.\n\nLlámenos si el día no le viene bien: buscaremos otro.${end}`,
        sms: '{{ name | default: "Hola" }}, su siguiente paso está cerca. Anote las preguntas que más quiere hacer. Llámenos si el día no le viene bien. {{ organisation }}. Con BAJA dejamos de escribirle.',
      },
    },
  },
]
