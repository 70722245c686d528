// What services asked of language models: conversations, and one of them step by step.

import { h, dot, visible, service } from './dom.js';
import { ask, path, spanAt } from './api.js';
import { amount, clock, count, day, duration, msOf } from './format.js';
import { attributeTerm } from './query.js';
import { saidBy } from './router.js';
import { Choice } from './view.js';

const LISTED = 200;
const STEPS = 500;
const LONG = 1000;

const dollars = (cost) => cost > 0 && `$${cost >= 1 ? cost.toFixed(2) : Number(cost.toPrecision(2))}`;
const nameOf = ({ title, conversationId, traceId }) => visible(title ?? conversationId ?? `trace ${traceId.slice(0, 8)}`, 120);
const joined = (...words) => words.filter(Boolean).join(' · ');

const flow = ({ inputTokens, outputTokens }) => [inputTokens, outputTokens].map((n) => amount(n ?? undefined)).join(' → ');

/** 812 → 96 tokens, and what of them was cached or not for reading. */
function tokens({ inputTokens, outputTokens, cachedTokens, reasoningTokens }) {
	if (!(inputTokens > 0 || outputTokens > 0)) return '';
	const of = [[cachedTokens, 'cached'], [reasoningTokens, 'reasoning']].filter(([n]) => n).map(([n, word]) => `${amount(n)} ${word}`);
	return `${flow({ inputTokens, outputTokens })} tokens${of.length ? ` (${of.join(', ')})` : ''}`;
}

/** Words of somebody; many of them are folded. */
function words(text, tag = 'p.words') {
	const all = h(tag, {}, visible(text, 16_384));
	return text.length > LONG ? h('details', {}, h('summary', {}, `${visible(text, 160)} `, h('span.mute', {}, `${amount(text.length)} characters`)), all) : all;
}

const part = ({ type, name, id, text }) => (type === 'text' ? words(text) : h('div', {},
	h('p.mute', {}, { tool_call: 'calls ', tool_call_response: 'result ' }[type] ?? `${visible(type, 40)} `, name && h('b', {}, visible(name, 80)), ' ', id && visible(id, 60)),
	words(text, type === 'reasoning' ? 'p.words.mute' : 'pre')));

function card(step) {
	const { model, responseModel, errorType, firstChunkMs, omitted } = step;
	const failed = step.status === 'error';
	return h('li', { css: { 'margin-inline-start': `${Math.min(step.depth, 4)}rem` } },
		h('div.title', {}, dot(step.service), h('h3', {}, visible(step.name, 120)), h('span.badge', {}, visible(step.operation ?? step.what, 40)),
			failed && h('span.bad', {}, `✕ ${visible(errorType ?? 'error', 80)}`),
			h('a', { href: spanAt(step) }, clock(msOf(step.startTimeUnixNano)), ' in its trace')),
		h('p.mute', {}, visible(joined(step.provider, responseModel !== model && responseModel, duration(step.durationMs),
			firstChunkMs > 0 && `first chunk ${duration(firstChunkMs)}`, tokens(step), dollars(step.cost), step.finishReasons?.join(', '), omitted), 600)),
		failed && step.statusMessage && h('p.bad', {}, visible(step.statusMessage)),
		step.earlier > 0 && h('p.mute', {}, `${count(step.earlier, 'message')} as before`),
		(step.messages ?? []).map(({ role, answer, parts }) => h(`div.turn${answer ? '.answer' : ''}`, {}, h('span.role', {}, visible(role, 40)), h('div', {}, parts.map(part)))));
}

class Ai extends Choice {
	#cards = new Map();

	constructor() {
		super({ title: 'AI', hint: 'gen_ai.request.model~gpt', kinds: ['spans', 'logs'], every: 2000, names: ['Conversations', 'Conversation'] });
	}

	show(url) {
		const said = saidBy(url);
		const chosen = { id: said('id'), trace: said('trace') };
		if (JSON.stringify(chosen) !== JSON.stringify(this.chosen)) {
			this.chosen = chosen;
			this.detail.scrollTop = 0;
		}
		super.show(url);
	}

	async load(signal) {
		const { chosen } = this;
		const gone = (error) => { if (error.status === 404) return null; throw error; };
		const [all, one] = await Promise.all([ask('/api/conversations', { query: this.query, limit: LISTED }, signal),
			chosen.id || chosen.trace ? ask('/api/conversation', { ...chosen, limit: STEPS }, signal).catch(gone) : undefined]);
		this.#list(all);
		if (one) this.#read(one);
		else this.fail(h('div.none', {}, one === null ? 'This conversation is not here, or not any more.' : all.total ? 'Choose a conversation to read it.' : ''));
	}

	#list({ conversations, total }) {
		const { id, trace } = this.chosen;
		const link = (one) => {
			const mine = one.conversationId === null ? one.traceId === trace : one.conversationId === id;
			return h('a', { href: path('/ai', { q: this.query, ...(one.conversationId === null ? { trace: one.traceId } : { id: one.conversationId }) }), 'aria-current': mine ? 'true' : null },
				h('span.what', {}, nameOf(one)),
				h('span.mute', {}, one.services.map((name) => [service(name, 40), ' ']), visible(one.models.join(', '), 100), one.errorCount > 0 && h('span.bad', {}, ` ✕ ${one.errorCount}`)),
				h('span.num', {}, flow(one)), h('span.num', {}, clock(msOf(one.lastTimeUnixNano)).slice(0, 8)));
		};
		const none = this.query ? 'No conversation matches.' : 'No calls to language models yet.';
		this.lists(() => (total ? [h('ul', {}, conversations.map((one) => h('li', {}, link(one)))), total > LISTED && h('p.mute', {}, `${count(total - LISTED, 'conversation')} before these`)] : [h('div.none', {}, none)]));
	}

	#read(one) {
		document.title = `${nameOf(one)} · otelier`;
		const { conversationId, traceId, traceCount, steps } = one;
		const whole = conversationId === null ? `/t/${traceId}` : path('/', { q: attributeTerm('gen_ai.conversation.id', conversationId) });
		const head = [h('h2', {}, nameOf(one)),
			h('p.sub', {}, visible(joined(conversationId, one.models.join(', '), one.providers.join(', '), day(msOf(one.firstTimeUnixNano)), count(one.calls, 'call'), one.tools && count(one.tools, 'tool call'),
				tokens(one), dollars(one.cost), `${duration(one.durationMs)} in models`), 900), one.errorCount > 0 && h('span.bad', {}, ` ✕ ${count(one.errorCount, 'error')}`)),
			h('p.sub', {}, h('a', { href: whole }, count(traceCount, 'trace')))];
		if (!steps.some(({ messages }) => messages?.length)) head.push(h('p.sub', {}, 'What was said was not captured; services send it only where they are asked to.'));
		const known = this.#cards;
		this.#cards = new Map(steps.map((step) => [JSON.stringify(step), step]));
		for (const [said, step] of this.#cards) this.#cards.set(said, known.get(said) ?? card(step));
		this.shows(() => [...head, h('ol.steps', {}, [...this.#cards.values()]), one.next && h('p.mute', {}, `The first ${steps.length} of ${one.total} steps.`)]);
	}
}

customElements.define('o-ai', Ai);
