/* The two choices of docs/matching.md over the arrays that scoring/ and queues/ keep.
 *
 * Plain C without Python's headers: scoring/native/library.py loads it with ctypes, so that one
 * build serves every Python release. All arithmetic is on integers; the doubles below only rule out
 * what cannot win or find a quotient that is then corrected, so no result depends on rounding.
 * scoring/plain.py says the same in NumPy, and tests hold the two against each other.
 */
#include <stdint.h>
#include <string.h>

#define LEVELS 101
#define FULL_PPM 1000000
#define AGENT_TERMS 4
#define WEIGHTS (3 + AGENT_TERMS)
#define KEYS 4

/* Turns that are no array of their own: see TURNS of scoring/strategies.py. */
enum { BY_DRAW = 3, BY_ATTRIBUTES = 4 };

typedef __int128 wide;

/* Field by field the class Book of scoring/native/library.py. */
typedef struct {
    /* agents, by column */
    const uint8_t *levels;       /* [column][skill row] */
    const uint64_t *open;        /* [channel][word]: who could take one more */
    const int32_t *agent_terms;  /* [column][AGENT_TERMS], ppm */
    const int64_t *idle_since;   /* ms */
    const int64_t *rank;         /* order of the agents' ids */
    const int64_t *last_offer;   /* order of the agents' last offers */
    const int64_t *share_pass;   /* how far each is ahead of their share */
    const uint64_t *stream;      /* where each one's draws begin */
    const int64_t *standing;     /* [ordering][column][KEYS], lowest first */
    /* demands, by slot */
    const uint8_t *waiting;
    const int32_t *channel;
    const int64_t *head_key;     /* ms */
    const int64_t *head_sequence;
    const int64_t *target;       /* ms of waiting that make an urgency of 1 */
    const uint8_t *newest_first; /* keys are origins below 0, urgency fades */
    const int32_t *line;         /* a row of `advance`; 0: a queue that does not go by it */
    const int64_t *advance;      /* [line], ms until the next of the queue is taken; 0 at 0 */
    const int32_t *weights;      /* [slot][WEIGHTS], thousandths */
    const int64_t *weight_total;
    const int32_t *first;        /* where the slot's requirements begin */
    const int32_t *count;
    const int64_t *divisor;      /* sum of the requirements' weights */
    const uint8_t *turn;         /* first of equals: idle longest, last offer, share pass, by a
                                    draw; from BY_ATTRIBUTES on, by an ordering */
    const int32_t *fixed_pair;   /* ppm, instead of the pair score in a value; below 0: none */
    const int32_t *queue;        /* its row in tables of precedence */
    /* requirements */
    const int32_t *skill;
    const int32_t *table;
    const int32_t *weight;
    const uint8_t *hard;
    const int32_t *holder;       /* a row of `held`, or -1 */
    const uint64_t *held;        /* [holder][word]: who meets the requirement */
    /* lookup tables */
    const uint8_t *satisfied;    /* [table][LEVELS] */
    const int32_t *score;        /* [table][LEVELS], ppm */
    /* lengths: rows of `open` and words in one, bytes in a row of `levels`, slots */
    int64_t channels, words, skills, slots;
    /* the policy */
    int64_t idle_half;           /* ms */
    int64_t urgency_weight;      /* thousandths */
    int64_t offer;               /* the number of the next one, for draws */
} Book;

typedef struct {
    int64_t column, score, skill, history, idle;
} Scored;

/* `most` is how many of the best are wanted, and the room that there is for them. */
typedef struct {
    int64_t unskilled, excluded, candidates, ranked;
    Scored best[];
} AgentChoice;

typedef struct {
    int64_t slot, own, key, sequence, value;
} ClassChoice;

/* An agent's own entry, by history. */
typedef struct {
    int64_t slot, history, key, sequence;
} Own;

/* A class whose head is another one for this agent; sequence < 0: it has none. */
typedef struct {
    int64_t slot, key, sequence;
} Instead;

/* floor(a * b / c) for c > 0 */
static int64_t scaled(int64_t a, int64_t b, int64_t c) {
    wide product = (wide)a * b;
    int64_t quotient;
    wide rest;
    if (product >= 0 && product <= INT64_MAX) {
        double guess = (double)(int64_t)product / (double)c;
        quotient = (int64_t)guess;
        rest = product - (wide)quotient * c;
        while (rest < 0) { quotient--; rest += c; }
        while (rest >= c) { quotient++; rest -= c; }
        return quotient;
    }
    quotient = (int64_t)(product / c);
    rest = product - (wide)quotient * c;
    return rest < 0 ? quotient - 1 : quotient;
}

/* The skill term of an agent for a demand; -1 when a hard requirement does not hold. */
static int64_t skill_term(const Book *book, int64_t slot, const uint8_t *levels) {
    int64_t sum = 0;
    int32_t end = book->first[slot] + book->count[slot];
    for (int32_t at = book->first[slot]; at < end; at++) {
        int64_t cell = (int64_t)book->table[at] * LEVELS + levels[book->skill[at]];
        if (book->hard[at] && !book->satisfied[cell]) return -1;
        sum += (int64_t)book->weight[at] * book->score[cell];
    }
    return book->divisor[slot] ? scaled(sum, 1, book->divisor[slot]) : FULL_PPM;
}

static int64_t idle_term(const Book *book, int64_t column, int64_t now) {
    int64_t idle = now - book->idle_since[column];
    if (idle < 0) idle = 0;
    return scaled(idle, FULL_PPM, idle + book->idle_half);
}

static int64_t agent_part(const Book *book, const int32_t *weights, int64_t column) {
    const int32_t *terms = book->agent_terms + column * AGENT_TERMS;
    int64_t sum = 0;
    for (int term = 0; term < AGENT_TERMS; term++) sum += (int64_t)weights[3 + term] * terms[term];
    return sum;
}

/* What the next offer draws for an agent, as scoring/draws.py has it. */
static int64_t draw(const Book *book, int64_t column) {
    uint64_t mixed = book->stream[column] + (uint64_t)book->offer * 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    return (int64_t)((mixed ^ mixed >> 31) >> 1);
}

static int compared(int64_t a, int64_t b) { return (a > b) - (a < b); }

/* How to order two agents by an ordering of their attributes; 0 when it says nothing. */
static int by_attributes(const Book *book, int64_t ordering, int64_t a, int64_t b) {
    const int64_t *keys = book->standing + ordering * book->words * 64 * KEYS;
    for (int key = 0; key < KEYS; key++) {
        int order = compared(keys[a * KEYS + key], keys[b * KEYS + key]);
        if (order) return order;
    }
    return 0;
}

/* How to order two agents of the same score: below 0 when `a` comes first. */
static int tie(const Book *book, int64_t slot, int64_t a, int64_t b) {
    const int64_t *turns[] = {book->idle_since, book->last_offer, book->share_pass};
    int turn = book->turn[slot], order = 0;
    if (turn >= BY_ATTRIBUTES) {
        order = by_attributes(book, turn - BY_ATTRIBUTES, a, b);
        turn = 0;
    }
    if (!order) {
        order = turn == BY_DRAW ? compared(draw(book, a), draw(book, b))
                                : compared(turns[turn][a], turns[turn][b]);
    }
    return order ? order : compared(book->rank[a], book->rank[b]);
}

static void rank_in(const Book *book, int64_t slot, int64_t most, AgentChoice *out,
                    const Scored *scored) {
    int64_t place = out->ranked;
    while (place > 0) {
        const Scored *before = &out->best[place - 1];
        if (before->score > scored->score) break;
        if (before->score == scored->score
            && tie(book, slot, before->column, scored->column) < 0) break;
        if (place < most) out->best[place] = *before;
        place--;
    }
    if (place < most) out->best[place] = *scored;
    if (out->ranked < most) out->ranked++;
}

static void consider(const Book *book, int64_t slot, int64_t column, int64_t history, int64_t now,
                     int64_t most, AgentChoice *out) {
    int64_t skill = skill_term(book, slot, book->levels + column * book->skills);
    if (skill < 0) {
        out->unskilled++;
        return;
    }
    const int32_t *weights = book->weights + slot * WEIGHTS;
    int64_t total = book->weight_total[slot];
    int64_t sum = weights[0] * skill + weights[1] * history + agent_part(book, weights, column);
    out->candidates++;
    if (out->ranked == most
        && sum + (int64_t)weights[2] * FULL_PPM < out->best[most - 1].score * total) return;
    Scored scored = {column, 0, skill, history, idle_term(book, column, now)};
    scored.score = scaled(sum + weights[2] * scored.idle, 1, total);
    rank_in(book, slot, most, out, &scored);
}

/* One agent's score for a demand whose hard requirements they meet. */
void score_agent(const Book *book, int64_t slot, int64_t column, int64_t history, int64_t now,
                 Scored *out) {
    const int32_t *weights = book->weights + slot * WEIGHTS;
    int64_t skill = skill_term(book, slot, book->levels + column * book->skills);
    int64_t idle = idle_term(book, column, now);
    int64_t sum = weights[0] * skill + weights[1] * history + weights[2] * idle
                  + agent_part(book, weights, column);
    *out = (Scored){column, scaled(sum, 1, book->weight_total[slot]), skill, history, idle};
}

/* What choose_agents is asked, and where it may write: one address instead of eleven arguments,
 * because ctypes takes its time for each. Excluded agents and those whom history names come apart;
 * `scratch` has room for a row of words.
 */
typedef struct {
    const Book *book;
    int64_t slot, now, most;
    const int64_t *excluded;
    int64_t excluded_count;
    const int64_t *known, *history;
    int64_t known_count;
    uint64_t *scratch;
    AgentChoice *out;
} AgentQuestion;

/* Of the agents in one word: who meets every requirement that has a row of holders. */
static uint64_t holding(const Book *book, int64_t slot, int64_t word, uint64_t agents) {
    int32_t end = book->first[slot] + book->count[slot];
    for (int32_t at = book->first[slot]; at < end; at++)
        if (book->holder[at] >= 0) agents &= book->held[book->holder[at] * book->words + word];
    return agents;
}

/* The best agents for a waiting interaction of a demand. */
void choose_agents(const AgentQuestion *asked) {
    const Book *book = asked->book;
    AgentChoice *out = asked->out;
    uint64_t *scratch = asked->scratch;
    int64_t slot = asked->slot;
    memset(out, 0, sizeof *out);
    memcpy(scratch, book->open + book->channel[slot] * book->words,
           (size_t)book->words * sizeof *scratch);
    for (int64_t at = 0; at < asked->excluded_count; at++) {
        int64_t column = asked->excluded[at];
        uint64_t bit = (uint64_t)1 << (column & 63);
        if (!(scratch[column >> 6] & bit)) continue;
        scratch[column >> 6] &= ~bit;
        if (skill_term(book, slot, book->levels + column * book->skills) < 0) out->unskilled++;
        else out->excluded++;
    }
    for (int64_t at = 0; at < asked->known_count; at++) {
        int64_t column = asked->known[at];
        uint64_t bit = (uint64_t)1 << (column & 63);
        if (!(scratch[column >> 6] & bit)) continue;
        scratch[column >> 6] &= ~bit;
        consider(book, slot, column, asked->history[at], asked->now, asked->most, out);
    }
    for (int64_t word = 0; word < book->words; word++) {
        if (!scratch[word]) continue;
        uint64_t bits = holding(book, slot, word, scratch[word]);
        out->unskilled += __builtin_popcountll(scratch[word] ^ bits);
        for (; bits; bits &= bits - 1)
            consider(book, slot, word * 64 + __builtin_ctzll(bits), 0, asked->now, asked->most, out);
    }
}

typedef struct {
    const Book *book;
    int64_t column, now, idle;
    const uint8_t *levels;
    uint64_t open; /* channels, of at most 64, on which the agent could take one more */
    int64_t first; /* the precedence of the best so far: what comes later loses */
    double cannot; /* no value below this wins against what comes as early */
    ClassChoice *out;
} Seeker;

static void weigh(Seeker *seeker, int64_t slot, int64_t history, int64_t key, int64_t sequence,
                  int64_t own, int64_t precedence) {
    if (precedence > seeker->first) return;
    int earlier = precedence < seeker->first;
    const Book *book = seeker->book;
    int64_t dividend = seeker->now - key + book->advance[book->line[slot]];
    int64_t divisor = book->target[slot];
    if (book->newest_first[slot]) {
        int64_t age = seeker->now + key;
        dividend = divisor;
        divisor += age > 0 ? age : 0;
    }
    /* the urgency part and a whole pair score, times the divisor, with room for any rounding */
    double most = (double)dividend * (double)book->urgency_weight * 1e3;
    double cannot = earlier ? -1e300 : seeker->cannot;
    double least = (cannot - (FULL_PPM + 2)) * (double)divisor;
    if (most + (most > 0 ? most : -most) * 1e-9 < least - (least > 0 ? least : -least) * 1e-9)
        return;
    int64_t skill = skill_term(book, slot, seeker->levels);
    if (skill < 0) return;
    const int32_t *weights = book->weights + slot * WEIGHTS;
    int64_t sum = weights[0] * skill + weights[1] * history + weights[2] * seeker->idle
                  + agent_part(book, weights, seeker->column);
    int64_t fixed = book->fixed_pair[slot];
    int64_t value = scaled(scaled(dividend, FULL_PPM, divisor), book->urgency_weight, 1000)
                    + (fixed < 0 ? scaled(sum, 1, book->weight_total[slot]) : fixed);
    ClassChoice *best = seeker->out;
    if (best->slot >= 0 && !earlier) {
        if (value < best->value) return;
        if (value == best->value
            && (key > best->key || (key == best->key && sequence >= best->sequence))) return;
    }
    *best = (ClassChoice){slot, own, key, sequence, value};
    seeker->first = precedence;
    seeker->cannot = (double)value;
}

static uint64_t open_channels(const Book *book, int64_t column) {
    uint64_t open = 0;
    const uint64_t *word = book->open + (column >> 6);
    for (int64_t channel = 0; channel < book->channels; channel++, word += book->words)
        open |= (*word >> (column & 63) & 1) << channel;
    return open;
}

static Seeker seeker_for(const Book *book, int64_t column, int64_t now, ClassChoice *out) {
    return (Seeker){book, column, now, idle_term(book, column, now),
                    book->levels + column * book->skills, open_channels(book, column), INT64_MAX,
                    -1e300, out};
}

static int is_open(const Seeker *seeker, int64_t slot) {
    return (int)(seeker->open >> seeker->book->channel[slot]) & 1;
}

/* What choose_class is asked. `instead` lists, by rising slot, classes whose head is another one for
 * this agent; own entries whose sequence stands in `passed` are passed over. `heads` and `owns` say
 * by the row of a queue how early the head of a class and an own entry come for this agent, the
 * lowest first; without them (NULL) value alone decides.
 */
typedef struct {
    const Book *book;
    int64_t column, now;
    const Own *own;
    int64_t own_count;
    const Instead *instead;
    int64_t instead_count;
    const int64_t *passed;
    int64_t passed_count;
    ClassChoice *out;
    const uint8_t *heads, *owns;
} ClassQuestion;

/* How early what stands in a slot comes, by a table of the rows of queues (NULL: all alike). */
static int64_t precedence_of(const Book *book, const uint8_t *table, int64_t slot) {
    return table ? table[book->queue[slot]] : 0;
}

static int is_passed(const ClassQuestion *asked, int64_t sequence) {
    for (int64_t at = 0; at < asked->passed_count; at++)
        if (asked->passed[at] == sequence) return 1;
    return 0;
}

/* The best waiting interaction for an agent: the heads of the classes and the agent's own entries. */
void choose_class(const ClassQuestion *asked) {
    const Book *book = asked->book;
    const Instead *instead = asked->instead, *instead_end = instead + asked->instead_count;
    Seeker seeker = seeker_for(book, asked->column, asked->now, asked->out);
    *asked->out = (ClassChoice){-1, -1, 0, 0, 0};
    for (int64_t slot = 0; slot < book->slots; slot++) {
        if (!book->waiting[slot] || !is_open(&seeker, slot)) continue;
        int64_t key = book->head_key[slot], sequence = book->head_sequence[slot];
        while (instead < instead_end && instead->slot < slot) instead++;
        if (instead < instead_end && instead->slot == slot) {
            key = instead->key, sequence = instead->sequence;
            if (sequence < 0) continue;
        }
        weigh(&seeker, slot, 0, key, sequence, -1, precedence_of(book, asked->heads, slot));
    }
    for (int64_t at = 0; at < asked->own_count; at++) {
        const Own *own = asked->own + at;
        if (!is_open(&seeker, own->slot) || is_passed(asked, own->sequence)) continue;
        weigh(&seeker, own->slot, own->history, own->key, own->sequence, at,
              precedence_of(book, asked->owns, own->slot));
    }
}

static int before(const ClassChoice *a, const ClassChoice *b) {
    if (a->value != b->value) return a->value > b->value;
    if (a->key != b->key) return a->key < b->key;
    return a->sequence < b->sequence;
}

/* The `most` best heads of classes and own entries for an agent, best first; how many there are. */
int64_t rank_classes(const Book *book, int64_t column, int64_t now, const Own *own,
                     int64_t own_count, int64_t most, ClassChoice *out) {
    ClassChoice found;
    Seeker seeker = seeker_for(book, column, now, &found);
    int64_t count = 0;
    for (int64_t at = -book->slots; at < own_count; at++) {
        int64_t slot = at < 0 ? at + book->slots : own[at].slot;
        if ((at < 0 && !book->waiting[slot]) || !is_open(&seeker, slot)) continue;
        found.slot = -1;
        seeker.cannot = count == most ? (double)out[most - 1].value : -1e300;
        if (at < 0) weigh(&seeker, slot, 0, book->head_key[slot], book->head_sequence[slot], -1, 0);
        else weigh(&seeker, slot, own[at].history, own[at].key, own[at].sequence, at, 0);
        if (found.slot < 0) continue;
        int64_t place = count;
        while (place > 0 && before(&found, &out[place - 1])) {
            if (place < most) out[place] = out[place - 1];
            place--;
        }
        if (place < most) out[place] = found;
        if (count < most) count++;
    }
    return count;
}

/* The assignment of every row to a column of its own with the highest sum of `worth` (rows <=
 * columns): shortest augmenting paths with potentials (Kuhn 1955, Munkres 1957, in the form of
 * Jonker and Volgenant 1987). `scratch` has room for rows + 5 * columns + 6 numbers.
 */
void assign_rows(int64_t rows, int64_t columns, const int64_t *worth, int64_t *scratch,
                 int64_t *column_of) {
    int64_t *row_price = scratch, *column_price = row_price + rows + 1;
    int64_t *row_at = column_price + columns + 1, *came_from = row_at + columns + 1;
    int64_t *slack = came_from + columns + 1, *reached = slack + columns + 1;
    memset(scratch, 0, (size_t)(rows + 5 * columns + 6) * sizeof *scratch);
    for (int64_t row = 1; row <= rows; row++) {
        int64_t at = 0;
        row_at[0] = row;
        for (int64_t column = 0; column <= columns; column++) {
            slack[column] = INT64_MAX;
            reached[column] = 0;
        }
        do {
            reached[at] = 1;
            const int64_t *values = worth + (row_at[at] - 1) * columns;
            int64_t price = row_price[row_at[at]], step = INT64_MAX, next = 0;
            for (int64_t column = 1; column <= columns; column++) {
                if (reached[column]) continue;
                int64_t cost = -values[column - 1] - price - column_price[column];
                if (cost < slack[column]) slack[column] = cost, came_from[column] = at;
                if (slack[column] < step) step = slack[column], next = column;
            }
            for (int64_t column = 0; column <= columns; column++) {
                if (reached[column]) {
                    row_price[row_at[column]] += step;
                    column_price[column] -= step;
                } else {
                    slack[column] -= step;
                }
            }
            at = next;
        } while (row_at[at]);
        for (; at; at = came_from[at]) row_at[at] = row_at[came_from[at]];
    }
    for (int64_t column = 1; column <= columns; column++)
        if (row_at[column]) column_of[row_at[column] - 1] = column - 1;
}
