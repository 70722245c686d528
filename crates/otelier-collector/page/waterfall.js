// The rows of a trace over time: a tree for keys and readers, bars for the eye.

import { h, hue, visible } from './dom.js';
import { clock, duration, msOf, steps, text } from './format.js';
import { Rows } from './rows.js';
import { own } from './model.js';
import { LEVEL } from './query.js';

const STRETCHES = 64;

/** The name of a severity. */
export const levelOf = (severity) => (severity >= 1 && severity <= 24 ? LEVEL[Math.floor((severity - 1) / 4)] : 'none');

/** Stretches of `[from, to]` as stripes of one background. */
function stripes(list, from, to, colour) {
	const whole = to - from || 1;
	const stops = [];
	for (const [a, b] of list.slice(0, STRETCHES)) {
		const [x, y] = [((a - from) / whole) * 100, ((b - from) / whole) * 100];
		stops.push(`transparent ${x.toFixed(3)}%`, `${colour} ${x.toFixed(3)}%`, `${colour} ${y.toFixed(3)}%`, `transparent ${y.toFixed(3)}%`);
	}
	return stops.length ? `linear-gradient(to right, ${stops.join(', ')})` : 'none';
}

export class Waterfall {
	constructor({ pick, open, fold }) {
		this.shown = [];
		this.zoom = [0, 1];
		this.hits = new Set();
		this.axis = h('div.axis', { 'aria-hidden': 'true' });
		this.host = h('div.waterfall', { 'aria-label': 'Spans of the trace' });
		this.element = h('div.fall', {}, h('div.fall-head', { 'aria-hidden': 'true' }, h('span', {}, 'Span'), this.axis), this.host);
		this.version = 0;
		this.rows = new Rows(this.host, {
			role: 'treegrid', rem: 1.75,
			key: (i) => this.shown[i].node.id,
			mark: (i) => `${this.version}${this.shown[i].open}${this.shown[i].depth}`,
			draw: (i) => this.#row(this.shown[i]),
			attributes: (i) => {
				const { depth, open, place, of } = this.shown[i];
				return { 'aria-level': depth, 'aria-expanded': open === null ? null : String(open), 'aria-posinset': place, 'aria-setsize': of };
			},
			pick: (i, user) => pick(this.shown[i].node, user),
			open: (i) => open(this.shown[i].node),
		});
		this.host.addEventListener('click', (event) => {
			if (!event.target.closest('.twist')) return;
			const row = this.shown[Number(event.target.closest('[data-row]').dataset.row)];
			if (row) fold(row.node, !row.open);
		});
	}

	set(shown, { from, to, hits, asked }) {
		this.shown = shown;
		this.from = from;
		this.to = to;
		this.hits = hits;
		this.asked = asked;
		this.version += 1;
		this.#drawAxis();
		this.rows.set(shown.length);
	}

	stop() { this.rows.stop(); }

	place(id) { return this.shown.findIndex((row) => row.node.id === id); }

	#drawAxis() {
		const length = this.to - this.from;
		this.axis.replaceChildren(...steps(length, Math.max(2, Math.min(6, this.axis.clientWidth / 80))).filter((at) => at < length * 0.9).map((at) => h('span.tick', { css: { left: `${(at / length) * 100}%` } }, duration((this.from + at) / 1e6))));
	}

	#x(at) { return ((at - this.from) / (this.to - this.from)) * 100; }

	#row(row) {
		const { node, depth, open, below } = row;
		const dim = !this.asked ? '' : this.hits.has(node.id) ? '.lit' : '.dim';
		const indent = { css: { 'padding-inline-start': `${Math.min(depth - 1, 24) * 0.875}rem` } };
		const twist = open === null ? h('span.twist-none') : h('span.twist', { 'aria-hidden': 'true' }, open ? '▾' : '▸');
		if (node.kind === 'log') {
			const level = levelOf(node.log.severity);
			const words = visible(text(node.log.body ?? node.log.eventName ?? ''), 300);
			return h(`div.fall-row.log-row${dim}`, {}, h('span.who', { ...indent }, twist, h(`span.level.${level}`, {}, level), h('span.what', { title: words }, words)),
				h('span.time-cell', {}, h(`span.tick-mark.${level}`, { css: { left: `${this.#clip(this.#x(node.start))}%` } }), h('span.away', {}, clock(msOf(node.log.timeUnixNano)))));
		}
		const { span } = node;
		const group = node.kind === 'group';
		const failed = group ? node.errors > 0 : span.status === 'error';
		const took = group ? node.took : node.end - node.start;
		const name = visible(span.name, 200) || '(no name)';
		const flags = [];
		const badge = (is, title, words) => { if (!group && is) flags.push(h('span.badge', { title }, words)); };
		if (group) flags.push(h('span.times', {}, `×${node.members.length}`));
		if (failed) flags.push(h('span.bad', {}, `✕${group ? ` ${node.errors}` : ''}`, h('span.away', {}, ' error')));
		badge(span.resend, 'sent again', `retry ${span.resend}`);
		badge(span.links?.length, 'links to other spans', `⤷ ${span.links?.length}`);
		badge(span.missingParent, 'its parent is not here', 'no parent');
		badge(span.skewMs > 0, 'starts before its parent: the clocks differ', `skew ${duration(span.skewMs)}`);
		if (open === false && !group) flags.push(h('span.mute', {}, `+${below}`));
		return h(`div.fall-row${failed ? '.failed' : ''}${dim}`, {},
			h('span.who', { ...indent }, twist, h(`span.dot.${hue(span.service)}`, { 'aria-hidden': 'true' }),
				h('span.what', { title: `${visible(span.service, 60)}: ${name}` }, name), ...flags, h('span.svc', {}, visible(span.service, 40))),
			h('span.time-cell', {}, this.#bar(node, took)));
	}

	#clip(x) { return Math.max(-1, Math.min(x, 101)); }

	#bar(node, took) {
		const { span, start, end } = node;
		const [left, right] = [this.#clip(this.#x(start)), this.#clip(this.#x(end))];
		const [from, to] = [this.from + (left / 100) * (this.to - this.from), this.from + (right / 100) * (this.to - this.from)];
		const busy = node.kind === 'group' ? node.members.map((one) => [one.start, one.end]) : own(node);
		const within = ([a, b]) => b >= from && a <= to;
		const cut = ([a, b]) => [Math.max(a, from), Math.min(b, to)];
		const bar = h(`span.stretch.${hue(span.service)}${span.status === 'error' ? '.error' : ''}`, {
			css: { left: `${left}%`, width: `${Math.max(right - left, 0)}%`, 'background-image': stripes(busy.filter(within).map(cut), from, to, 'var(--hue)') },
		});
		const parts = [bar];
		const critical = (span.critical ?? []).filter(within).map(cut);
		if (critical.length && node.kind === 'span') bar.append(h('span.critical', { css: { 'background-image': stripes(critical, from, to, 'var(--ink)') } }));
		for (const gap of node.kind === 'span' ? (span.gaps ?? []).slice(0, 8) : []) {
			const [a, b] = [this.#clip(this.#x(gap[0])), this.#clip(this.#x(gap[1]))];
			if (b - a > 4) parts.push(h('span.gap', { title: `idle for ${duration((gap[1] - gap[0]) / 1e6)}`, css: { left: `${a}%`, width: `${b - a}%` } }));
		}
		for (const event of node.kind === 'span' ? (span.events ?? []).slice(0, 16) : []) {
			const at = start + (msOf(event.timeUnixNano) - msOf(span.startTimeUnixNano)) * 1e6;
			const x = this.#x(at);
			if (x >= 0 && x <= 100) parts.push(h('span.event', { title: visible(event.name, 80), css: { left: `${x}%` } }));
		}
		const before = left > 60 || (left > 12 && right > 86);
		parts.push(h('span.took', { css: before ? { right: `${100 - left}%` } : { left: `${Math.min(right, 88)}%` } }, duration(took / 1e6)));
		return h('span.lane', {}, parts);
	}
}
