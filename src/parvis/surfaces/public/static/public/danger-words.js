/* Hears an immediate danger in a message as the server does (apps/matching/rules/danger), by the same rules, which it is
   given: `hearer(values)` gives a function from a text to the names of its lines, of what to do first, and the number to
   call; null for a text without danger. */
const LONGEST = 4000
const LIGATURES = { œ: "oe", æ: "ae", ß: "ss", "’": "'", "‘": "'", ʼ: "'", "`": "'", "´": "'" }
const SLACK = 2 /* words that may stand among those of a phrase of three or more */
const ENDING = 5 /* letters after the beginning of a word of such a phrase */

const fold = (text) =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[œæß’‘ʼ`´]/g, (letter) => LIGATURES[letter])
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
const wordsOf = (text) => text.match(/[a-z0-9]+/g) ?? []

export function hearer({ rules, phrases, phone }) {
  const compiled = new Map()
  const regex = (written, flags = "") => {
    const key = flags + written
    if (!compiled.has(key)) {
      const whole = written.replace(/\{([a-z_]+)\}/g, (_, name) => rules.sets[name])
      compiled.set(key, new RegExp(whole, flags))
    }
    return compiled.get(key)
  }
  const { sentence, clause, doubled, negated, since } = rules.splits

  /* The sentences, as folded words without doubled letters, with a comma where a clause ends, without their idioms. */
  function sentencesOf(text) {
    const single = (word) => word.replace(regex(doubled, "g"), "$1")
    const sentences = []
    for (const written of text.replaceAll("’", "'").split(regex(sentence))) {
      const clauses = fold(written)
        .split(regex(clause))
        .map((one) => wordsOf(one).map(single).join(" "))
        .filter(Boolean)
      if (clauses.length) sentences.push(rules.idioms.reduce(withoutIdiom, ` ${clauses.join(" , ")} `))
    }
    return sentences
  }
  const withoutIdiom = (text, idiom) => text.replace(regex(idiom, "g"), " ~")

  /* Where the first part of a pattern is in the sentence; null when one of its parts is missing. */
  function found(parts, text) {
    const all = parts.map((part) => regex(part).exec(text))
    return all.includes(null) ? null : [all[0].index, all[0].index + all[0][0].length]
  }
  const hold = (patterns, text) => patterns.some((parts) => found(parts, text))
  const { hypotheses, past, present, topics } = rules.guards
  const isPast = (text) => hold(past, text.replace(regex(since, "g"), " depuis")) && !hold(present, text)
  const isCalm = (text) => isPast(text) || hold(topics, text) || hold(hypotheses, text)

  function guarded(family, text, [start, end]) {
    const before = text.lastIndexOf(" ,", start - 1)
    const after = text.indexOf(" ,", Math.max(start, end - 1))
    const around = `${text.slice(before >= 0 ? before + 2 : 0, after >= 0 ? after : text.length)} `
    if ((!family.whenever && isPast(text)) || regex(negated).test(text.slice(0, start)) || hold(topics, around))
      return ""
    return hold(hypotheses, around) ? "doubt" : "danger"
  }

  function level(family, text, whole) {
    const isSure = (span) => span && !hold(family.unless, text) && guarded(family, text, span) === "danger"
    if (family.sure.some((parts) => isSure(found(parts, text)))) return "danger"
    let so = ""
    for (const parts of family.said) {
      const span = found(parts, text)
      if (!span) continue
      if (hold(family.unless, text)) return ""
      if (hold(family.doubt, whole)) return "doubt"
      const told = guarded(family, text, span)
      if (told === "danger") return told
      so ||= told
    }
    return so
  }
  const levelOfWhole = ({ whole, unless, doubt }, text) =>
    !hold(whole, text) || hold(unless, text) ? "" : hold(doubt, text) ? "doubt" : "danger"

  function hasPhrase(text) {
    const said = wordsOf(fold(text).replaceAll("aujourd'hui", "aujourdhui"))
    const begins = (word, beginning) =>
      beginning.length > 2 ? word.startsWith(beginning) && word.length <= beginning.length + ENDING : word === beginning
    return phrases.some((phrase) => {
      const reach = phrase.length + (phrase.length > 2 ? SLACK : 0)
      return said.some((word, start) => {
        if (!begins(word, phrase[0])) return false
        let next = 0
        for (const one of said.slice(start, start + reach))
          if (next < phrase.length && begins(one, phrase[next])) next += 1
        return next === phrase.length
      })
    })
  }

  return function hear(text) {
    const read = text.slice(0, LONGEST)
    const sentences = sentencesOf(read)
    const whole = sentences.join(" ")
    const joined = ` ${sentences.map((one) => one.trim()).join(" , ")} `
    const told = rules.families.filter(
      (family) =>
        sentences.some((one) => level(family, one, whole) === "danger") || levelOfWhole(family, joined) === "danger",
    )
    if (!told.length && (!sentences.length || sentences.every(isCalm) || !hasPhrase(text))) return null
    return {
      families: told.map((family) => family.name),
      lines: [...new Set(told.flatMap((family) => family.lines))],
      first: told.find((family) => family.first)?.first ?? "",
      phone,
    }
  }
}
