// The query language, as the collector has it: read and match.

const MOST = 1000;
const TERMS = 64;
const LEVELS = 16;
const WHITE = new Set([' ', '\t', '\r', '\n']);
const OPS = ['!=', '>=', '<=', ':', '=', '~', '>', '<'];
const TEXTS = ['service', 'name', 'scope', 'body', 'event', 'unit', 'route'];
const IDS = ['trace', 'span', 'parent'];
const STATUS = ['ok', 'error', 'unset'];
const KINDS = ['server', 'client', 'producer', 'consumer', 'internal', 'unspecified',
	'gauge', 'up_down_sum', 'sum', 'histogram', 'exponential_histogram', 'summary'];
const LEVEL = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const DURATION = /^([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(ns|us|µs|μs|ms|s|m|h)?$/;
const UNIT = { ns: 1, us: 1e3, 'µs': 1e3, 'μs': 1e3, ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 };

/** A mistake, and its column: from one, in characters. */
export class Mistake extends Error {
	constructor(words, at) {
		super(words);
		this.column = at + 1;
	}
}

class Reader {
	constructor(text) {
		this.chars = [...text];
		this.at = 0;
		this.terms = 0;
		this.depth = 0;
	}

	peek(ahead = 0) { return this.chars[this.at + ahead]; }
	white() { while (WHITE.has(this.peek())) this.at += 1; }
	ahead(count) { return this.chars.slice(this.at, this.at + count).join('').toLowerCase(); }

	deeper(work) {
		this.depth += 1;
		if (this.depth > LEVELS) throw new Mistake('too many levels', this.at);
		const found = work();
		this.depth -= 1;
		return found;
	}

	/** The word `or` or `and` that stands here, not as part of a term. */
	joiner(word) {
		if (this.ahead(word.length) !== word) return false;
		const next = this.peek(word.length);
		return next === undefined || WHITE.has(next) || next === '(' || next === ')' || next === '"';
	}

	or() {
		const parts = [this.and()];
		for (;;) {
			const mark = this.at;
			this.white();
			if (!this.joiner('or')) { this.at = mark; break; }
			this.at += 2;
			this.white();
			parts.push(this.and());
		}
		return parts.length === 1 ? parts[0] : { or: parts };
	}

	and() {
		const parts = [this.not()];
		for (;;) {
			const mark = this.at;
			this.white();
			if (this.peek() === undefined || this.peek() === ')' || this.joiner('or')) { this.at = mark; break; }
			if (this.joiner('and')) { this.at += 3; this.white(); }
			const from = this.chars[this.at - 1];
			const touching = this.at === mark && from !== ')' && from !== '"' && this.peek() !== '(' && this.peek() !== '"';
			if (touching) throw new Mistake('a space is missing', this.at);
			parts.push(this.not());
		}
		return parts.length === 1 ? parts[0] : { and: parts };
	}

	not() {
		if (this.peek() === '-') {
			return this.deeper(() => {
				this.at += 1;
				return { not: this.not() };
			});
		}
		const one = this.ahead(4) === 'one(';
		if (one || this.peek() === '(') {
			return this.deeper(() => {
				this.at += one ? 4 : 1;
				this.white();
				const inside = this.or();
				this.white();
				if (this.peek() !== ')') throw new Mistake('a parenthesis is not closed', this.at);
				this.at += 1;
				return one ? { one: inside } : inside;
			});
		}
		return this.term();
	}

	quoted() {
		const open = this.at;
		this.at += 1;
		let text = '';
		for (;;) {
			const c = this.peek();
			if (c === undefined) throw new Mistake('a quote is not closed', open);
			this.at += 1;
			if (c === '"') return text;
			if (c === '\\' && (this.peek() === '"' || this.peek() === '\\')) { text += this.peek(); this.at += 1; } else text += c;
		}
	}

	op() { return OPS.find((op) => this.ahead(op.length) === op); }

	/** What stands here without quotes, up to what ends it. */
	bare(ends = () => false) {
		const from = this.at;
		while (this.peek() !== undefined && !WHITE.has(this.peek()) && !'"()'.includes(this.peek()) && !ends()) this.at += 1;
		return this.chars.slice(from, this.at).join('');
	}

	term() {
		const from = this.at;
		this.terms += 1;
		if (this.terms > TERMS) throw new Mistake('too many terms', from);
		const quoted = this.peek() === '"';
		const key = quoted ? this.quoted() : this.bare(() => this.op());
		const op = this.op();
		if (!op) {
			if (!quoted && (!key || this.#reserved(key))) throw new Mistake('a word is missing', from);
			return { word: key };
		}
		if (!quoted && !key) throw new Mistake(`a name is missing before \`${op}\``, from);
		this.at += op.length;
		const place = this.at;
		const value = this.peek() === '"' ? this.quoted() : this.bare();
		if (this.at === place) throw new Mistake(`a value is missing behind \`${op}\``, place);
		return checked({ key, op: op === ':' ? '=' : op, value, quoted }, place);
	}

	#reserved(key) { return /^(or|and)$/i.test(key); }
}

function number(text) { return NUMBER.test(text) ? Number(text) : null; }

function nanos(text) {
	const found = DURATION.exec(text);
	return found ? Number(found[1]) * UNIT[found[2] ?? 'ms'] : null;
}

function levels(text) {
	const at = LEVEL.indexOf(text.toLowerCase());
	if (at >= 0) return [at * 4 + 1, at * 4 + 4];
	const n = /^\d+$/.test(text) ? Number(text) : 0;
	return n >= 1 && n <= 24 ? [n, n] : null;
}

const EQUAL = ['=', '!='];
const ORDER = [...EQUAL, '<', '<=', '>', '>='];
const among = (list) => (value) => list.includes(value.toLowerCase());
/** What a field of ours may be asked: by which operators, for which values, and what others are not. */
const RULES = new Map([
	...[...TEXTS, ...IDS].map((key) => [key, [[...EQUAL, '~']]]),
	['status', [EQUAL, among(STATUS), 'status']], ['kind', [EQUAL, among(KINDS), 'kind']], ['level', [ORDER, levels, 'level']],
	['duration', [ORDER, (value) => nanos(value) !== null, 'duration']], ['value', [ORDER, (value) => number(value) !== null, 'number']], ['has', [['=']]],
]);

/** The term, unless it is a mistake: at the operator or at the value. */
function checked(term, place) {
	const { key, op, value, quoted } = term;
	const rule = quoted ? undefined : RULES.get(key);
	if (!rule) {
		if ('<>'.includes(op[0]) && number(value) === null) throw new Mistake('not a number', place);
		return term;
	}
	const [ops, fits, what] = rule;
	if (!ops.includes(op)) throw new Mistake(`\`${key}\` does not take \`${op}\``, place - op.length);
	if (fits && !fits(value)) throw new Mistake(`not a ${what}`, place);
	return term;
}

/** The tree of a query, `null` for an empty one; throws a `Mistake`. */
export function parse(text) {
	const reader = new Reader(text);
	if (reader.chars.length > MOST) throw new Mistake('too long', MOST);
	reader.white();
	if (reader.peek() === undefined) return null;
	const tree = reader.or();
	reader.white();
	if (reader.peek() !== undefined) throw new Mistake('this closes nothing', reader.at);
	return tree;
}

const BARE = /^[^\s"()]+$/u;
const quote = (text) => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** A value as it has to be written in a query. */
export const written = (value) => (BARE.test(value) ? value : quote(value));

const writtenKey = (key) => (BARE.test(key) && !/[:=~<>]|^-/.test(key) && !/!$/.test(key) ? key : quote(key));

/** A term that finds this attribute. */
export const attributeTerm = (key, value) => `${RULES.has(key) ? quote(key) : writtenKey(key)}=${written(String(value))}`;

export { LEVEL, TEXTS, IDS, levels, nanos, number };
