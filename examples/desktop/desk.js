// What the desk shows, as a fold of what the desktop is told. No DOM, no clock, no connection.

export const NOBODY = { state: "offline", activity: "", reason: "", since_ms: 0 };

export function emptyDesk() {
  return { presence: NOBODY, offers: new Map(), work: new Map(), last: null };
}

/** What a desk shows whose connection went to another window: nothing of it is known any more. */
export function elsewhere(now_ms) {
  return { ...emptyDesk(), presence: { ...NOBODY, state: "elsewhere", since_ms: now_ms } };
}

/** Everything anew, from a welcome. What was typed or fetched for work that is still there stays. */
export function pictured(desk, welcome, now_ms) {
  const { standing } = welcome;
  const far = new Map(standing.assignments.map((one) => [one.interaction_id, one]));
  const offers = new Map((welcome.offers ?? []).map((one) => [one.offer_id, offered(one, now_ms)]));
  const work = new Map();
  for (const one of welcome.assignments ?? []) {
    const known = desk.work.get(one.interaction_id);
    const { state = "active", wrap_up_until_ms = 0 } = far.get(one.interaction_id) ?? {};
    work.set(one.interaction_id, { ...inHand(one, now_ms), ...known, state, wrap_up_until_ms });
  }
  return { ...desk, presence: present(desk.presence, standing, now_ms), offers, work };
}

/** How offers and work stand, where somebody else has held, ended or prolonged them. */
export function stood(desk, standing) {
  const offers = new Map(desk.offers);
  for (const { offer_id, expires_ms } of standing.offers) {
    if (offers.has(offer_id)) offers.set(offer_id, { ...offers.get(offer_id), expires_ms });
  }
  return standing.assignments.reduce(
    (now, { interaction_id, state, wrap_up_until_ms }) => changed(now, interaction_id, { state, wrap_up_until_ms }),
    { ...desk, offers },
  );
}

/** One message of the work stream. */
export function told(desk, message, now_ms) {
  const fold = FOLDS[message.type];
  return fold ? { ...fold(desk, message, now_ms), last: message } : desk;
}

/** What the customer record has of whoever wants this, wherever it lies by now. */
export function carded(desk, { interaction_id, card }) {
  const offers = new Map(desk.offers);
  for (const [name, offer] of offers) {
    if (offer.interaction_id === interaction_id) offers.set(name, { ...offer, card });
  }
  return changed({ ...desk, offers }, interaction_id, { card });
}

/** What is known of one piece of work changes. */
export function changed(desk, interaction_id, fields) {
  const known = desk.work.get(interaction_id);
  if (!known) return desk;
  return { ...desk, work: new Map(desk.work).set(interaction_id, { ...known, ...fields }) };
}

const FOLDS = {
  offer(desk, message, now_ms) {
    const offers = new Map(desk.offers);
    const known = offers.get(message.offer_id);
    // told again after another router has taken over: it rings on, perhaps until another time
    if (!known) offers.set(message.offer_id, offered(message, now_ms));
    else if (known.expires_ms !== message.expires_ms) offers.set(message.offer_id, { ...known, expires_ms: message.expires_ms });
    return { ...desk, offers };
  },
  assigned(desk, message, now_ms) {
    const offers = new Map(desk.offers);
    const offer = offers.get(message.offer_id) ?? {};
    offers.delete(message.offer_id);
    const work = new Map(desk.work);
    work.set(message.interaction_id, inHand({ ...offer, ...message }, now_ms));
    for (const held of message.holds ?? []) {
      if (work.has(held)) work.set(held, { ...work.get(held), is_interrupted: true });
    }
    return { ...desk, offers, work };
  },
  offer_over(desk, message) {
    const offers = new Map(desk.offers);
    offers.delete(message.offer_id);
    return { ...desk, offers };
  },
  released(desk, message) {
    const work = new Map(desk.work);
    work.delete(message.interaction_id);
    return { ...desk, work };
  },
  idle: (desk, message) => changed(desk, message.interaction_id, { state: "idle" }),
  waking: (desk, message) => changed(desk, message.interaction_id, { state: "waking" }),
  woken: (desk, message) => changed(desk, message.interaction_id, { state: "active" }),
  agent_state(desk, message, now_ms) {
    return { ...desk, presence: present(desk.presence, message, now_ms) };
  },
  agent_activity(desk, message, now_ms) {
    return { ...desk, presence: present(desk.presence, { activity: message.activity }, now_ms) };
  },
};

function offered(message, now_ms) {
  return { ...message, seen_ms: now_ms, began_ms: now_ms - (message.waited_ms ?? 0) };
}

function inHand(message, now_ms) {
  return { ...message, state: "active", since_ms: now_ms, wrap_up_until_ms: 0, notes: message.notes ?? [] };
}

function present(known, { state = known.state, activity = known.activity, reason = "" }, now_ms) {
  const is_same = known.state === state && known.activity === activity;
  return { state, activity, reason, since_ms: is_same ? known.since_ms : now_ms };
}
