// What the widget says, in the languages that come along; a page may give its own words.
const WORDS = {
  en: {
    open: "Chat with us", close: "Close chat", title: "Chat with us", minimise: "Minimise chat",
    intro: "Hello! Write to us here: your message starts the chat.",
    log: "Messages", field: "Your message", hint: "Write a message…", send: "Send",
    you: "You", agent: "Agent", pending: "Sending…", failed: "Not sent.", again: "Try again",
    offline: "No connection. Your messages are kept, and sent as soon as there is one.",
    position: "You are number {n} in line.", asking: "We are asking an agent to join…",
    waiting: "You are in line. An agent will be with you soon.",
    soon: "It will take less than a minute.", about: "It will take about {n} min.",
    upto: "Perhaps up to {n} min.",
    joined: "{name} has joined the chat.", joined_nobody: "An agent has joined the chat.",
    with_agent: "with {name}", with_nobody: "with an agent",
    over: "This chat is over. Write again to go on with it.", fresh: "Start a new chat",
    moved_email: "We will answer by e-mail. This chat is over.",
    moved_callback: "We will call you back. This chat is over.",
    long: "No time to wait?", email: "Answer by e-mail", callback: "Call me back",
    email_label: "Your e-mail address", number_label: "Your phone number",
    email_text: "Please answer by e-mail: {address}", callback_text: "Please call me back: {address}",
    call: "Call me now", call_text: "Please call me now: {address}", called: "You will be called in a moment.",
    submit: "Send", back: "Back", leave: "End chat", options: "More",
    bad_address: "This address does not look right.", too_long: "The message is too long.",
    no_agent: "No agent is in this chat any more.", refused: "That could not be done. Please try again.",
    unread: "{n} new", link: "Opens in a new tab",
  },
  de: {
    open: "Chatten Sie mit uns", close: "Chat schließen", title: "Chatten Sie mit uns", minimise: "Chat verkleinern",
    intro: "Guten Tag! Schreiben Sie uns hier: Ihre Nachricht beginnt den Chat.",
    log: "Nachrichten", field: "Ihre Nachricht", hint: "Nachricht schreiben…", send: "Senden",
    you: "Sie", agent: "Mitarbeiter", pending: "Wird gesendet…", failed: "Nicht gesendet.", again: "Erneut versuchen",
    offline: "Keine Verbindung. Ihre Nachrichten bleiben erhalten und werden gesendet, sobald es geht.",
    position: "Sie sind Nummer {n} in der Reihe.", asking: "Wir fragen gerade jemanden für Sie…",
    waiting: "Sie sind in der Reihe. Gleich ist jemand für Sie da.",
    soon: "Es dauert weniger als eine Minute.", about: "Es dauert etwa {n} min.",
    upto: "Vielleicht bis zu {n} min.",
    joined: "{name} ist jetzt im Chat.", joined_nobody: "Jetzt ist jemand im Chat.",
    with_agent: "mit {name}", with_nobody: "mit uns",
    over: "Dieser Chat ist beendet. Schreiben Sie, um ihn fortzusetzen.", fresh: "Neuen Chat beginnen",
    moved_email: "Wir antworten per E-Mail. Dieser Chat ist beendet.",
    moved_callback: "Wir rufen Sie zurück. Dieser Chat ist beendet.",
    long: "Keine Zeit zu warten?", email: "Antwort per E-Mail", callback: "Rückruf",
    email_label: "Ihre E-Mail-Adresse", number_label: "Ihre Telefonnummer",
    email_text: "Bitte antworten Sie per E-Mail: {address}", callback_text: "Bitte rufen Sie mich zurück: {address}",
    call: "Jetzt anrufen lassen", call_text: "Bitte rufen Sie mich jetzt an: {address}", called: "Sie werden gleich angerufen.",
    submit: "Senden", back: "Zurück", leave: "Chat beenden", options: "Mehr",
    bad_address: "Diese Angabe scheint nicht zu stimmen.", too_long: "Die Nachricht ist zu lang.",
    no_agent: "Im Chat ist niemand mehr.", refused: "Das ging nicht. Bitte versuchen Sie es noch einmal.",
    unread: "{n} neu", link: "Öffnet in einem neuen Tab",
  },
};

/** A function from the name of a text to the text, with its places filled. */
function wordsOf(language, own) {
  const known = WORDS[language] || WORDS[language.split("-")[0]] || WORDS.en;
  const words = { ...WORDS.en, ...known, ...own };
  return (name, places = {}) =>
    String(words[name] ?? name).replace(/\{(\w+)\}/g, (_, place) => places[place] ?? "");
}
