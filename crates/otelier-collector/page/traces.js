// The list of traces, newest on top, as they come.

import { h, columns, dot, visible, seldom, murmur, say } from './dom.js';
import { Latest, path } from './api.js';
import { Growing } from './growing.js';
import { live } from './live.js';
import { go, here, set, saidBy } from './router.js';
import { clock, count, duration, msOf } from './format.js';
import { AskBox } from './ask.js';
import { Rows } from './rows.js';
import { Scatter } from './scatter.js';
import { startPage } from './start.js';

const PAGE = 200;

/** What a trace ended with, in words and not only in a colour. */
export function outcome({ status, errorCount, httpStatus }) {
	if (status === 'error') return h('span.bad', {}, `✕ ${httpStatus ?? 'error'}`);
	if (errorCount > 0) return h('span.bad', {}, `✕ ${errorCount} inside`);
	return h('span.fine', {}, httpStatus === null || httpStatus === undefined ? (status === 'ok' ? 'ok' : '–') : String(httpStatus));
}

class Traces extends HTMLElement {
	#latest = new Latest();
	#key = null;
	#longest = 1;

	connectedCallback() {
		document.title = 'Traces · otelier';
		this.box = new AskBox({ label: 'Query for traces', hint: 'service:api status:error duration>200ms', changed: (q) => set({ q }) });
		this.sort = h('select', { 'aria-label': 'Order', onchange: () => set({ sort: this.sort.value }) },
			[['', 'Newest first'], ['start', 'Oldest first'], ['-duration', 'Slowest first'], ['duration', 'Fastest first']]
				.map(([value, name]) => h('option', { value }, name)));
		this.mark = h('button', { onclick: () => { set({ from: Date.now() }); say('showing what comes from now on'); } }, 'Only from now');
		this.window = h('button.chip', { hidden: true, onclick: () => set({ from: '', to: '', over: '', under: '', with: '' }) });
		this.all = new Growing({
			path: '/api/traces', name: 'traces', key: (one) => one.traceId, kept: 2000,
			paint: () => this.#paint(), top: () => this.#top(),
		});
		this.total = h('span.total', {});
		this.plot = new Scatter({ open: (one) => go(this.#to(one)), area: (area) => set(area) });
		this.host = h('div', { 'aria-label': 'Traces' }, columns('trace-cols', 'Time', 'Name', 'Services', 'Duration', 'Spans', 'Status'));
		this.rows = new Rows(this.host, {
			role: 'grid', rem: 2,
			key: (i) => this.shown[i].traceId,
			mark: (i) => `${this.shown[i].version}${this.shown[i].spanCount}${this.chosen}`,
			draw: (i) => this.#row(this.shown[i]),
			open: (i) => go(this.#to(this.shown[i])),
			end: () => this.all.older(),
		});
		this.host.addEventListener('scroll', () => { if (this.rows.atTop && this.all.waits) this.#top(); }, { passive: true });
		this.host.addEventListener('dblclick', () => { if (this.rows.at >= 0) go(this.#to(this.shown[this.rows.at])); });
		this.none = h('div.none', { hidden: true });
		this.full = h('div.list', {},
			h('h1.away', {}, 'Traces'),
			h('div.bar', {}, this.box.element, this.sort, this.mark, this.window, this.total),
			this.plot.element, h('div.holder', {}, this.all.button, this.none, this.host));
		this.append(this.full);
		this.shown = [];
		this.paint = seldom(250, () => this.#paint());
		this.leave = live.follow({
			change: ({ detail }) => this.#changed(detail),
			reset: () => { this.#key = null; this.show(here()); },
		});
	}

	disconnectedCallback() {
		this.leave();
		this.#latest.stop();
		this.paint.stop();
		this.rows.stop();
		this.plot.stop();
		this.start?.stop();
	}

	async show(url) {
		const said = saidBy(url);
		this.area = Object.fromEntries(['from', 'to', 'over', 'under'].map((edge) => [edge, Number(said(edge))]));
		this.box.set(said('q'));
		this.sort.value = said('sort');
		const { from, to, over, under } = this.area;
		this.chosen = said('with');
		this.window.hidden = !(from || to || over || under || this.chosen);
		this.window.textContent = [from && `from ${clock(from)}`, to && `to ${clock(to)}`, over && `over ${duration(over)}`,
			under && `under ${duration(under)}`, this.chosen && `compare with ${this.chosen.slice(0, 8)}`].filter(Boolean).join(' ') + ' ×';
		const key = `${said('q')}\n${said('sort')}`;
		if (key === this.#key) { this.#paint(); return; }
		if (this.#key !== null) this.host.scrollTop = 0;
		this.#key = key;
		this.query = said('q');
		this.order = said('sort');
		try {
			const page = await this.#latest.run((signal) => this.all.begin({ query: this.query, sort: this.order, limit: PAGE }, signal));
			if (!page) return;
			this.total.textContent = count(page.total, 'trace');
			live.open(this.query, page.version ?? '');
			this.box.refuse('');
			this.#paint();
			if (!page.total) this.#empty();
			else this.#full();
		} catch (error) {
			this.#key = null;
			this.box.fail(error, (words) => { this.none.hidden = false; this.none.textContent = words; live.open(this.query); });
		}
	}

	#empty() {
		const { kept } = live.last ?? {};
		if (this.query || (kept && (kept.logs || kept.series))) return;
		this.start ??= startPage();
		this.full.hidden = true;
		if (!this.start.element.isConnected) this.append(this.start.element);
	}

	#full() {
		this.full.hidden = false;
		this.start?.stop();
		this.start?.element.remove();
		this.start = undefined;
	}

	#changed({ traces, kept, skipped, before }) {
		if (kept) {
			this.total.textContent = count(kept.traces, 'trace');
			if (kept.traces && this.start) this.#full();
		}
		if (skipped || (this.order && traces.length)) { this.#reload(); return; }
		this.all.add(traces);
		if (traces.length || before?.kept?.traces !== kept?.traces) this.paint();
	}

	#reload = seldom(1000, () => { this.#key = null; if (this.isConnected) this.show(here()); });

	#top() {
		this.host.scrollTop = 0;
		this.#paint();
	}

	#paint() {
		if (!this.isConnected) return;
		const chosen = this.shown[this.rows.at]?.traceId;
		let fresh = 0;
		if (this.rows.atTop && !document.hidden) fresh = this.all.take();
		const { from, to, over, under } = this.area;
		this.shown = this.all.list.filter((one) => {
			const at = msOf(one.startTimeUnixNano);
			return !one.omitted && (!from || at >= from) && (!to || at <= to) && (!over || one.durationMs >= over) && (!under || one.durationMs <= under);
		});
		this.#longest = Math.max(0.001, ...this.shown.map((one) => one.durationMs));
		this.rows.at = chosen ? this.shown.findIndex((one) => one.traceId === chosen) : -1;
		this.rows.set(this.shown.length);
		this.none.hidden = this.shown.length > 0;
		if (!this.shown.length) this.none.textContent = this.query || !this.window.hidden ? 'No trace matches.' : 'No traces yet.';
		this.plot.set(this.shown);
		if (fresh) murmur(count(fresh, 'new trace'));
	}

	/** Where a row leads: to the trace, or beside the one that was chosen. */
	#to({ traceId }) { return this.chosen && this.chosen !== traceId ? path(`/t/${this.chosen}`, { vs: traceId }) : `/t/${traceId}`; }

	#row(one) {
		const name = visible(one.name ?? '(no root yet)', 160);
		const width = Math.max(1, (one.durationMs / this.#longest) * 100);
		return h(`div.trace-cols${one.errorCount ? '.failed' : ''}${this.chosen === one.traceId ? '.picked' : ''}`, {},
			h('span.time', {}, clock(msOf(one.startTimeUnixNano))),
			h('span.name', {}, h('a', { href: this.#to(one), tabindex: -1, title: name }, name),
				one.rooted === false && h('span.mute', { title: 'its parent has not arrived' }, ' …')),
			h('span.services', { title: visible(one.services.join(', ')) }, one.services.slice(0, 3).map((s) => [dot(s), h('span', {}, visible(s, 24))]),
				one.serviceCount > 3 && `+${one.serviceCount - 3}`),
			h('span.took', {}, h('span.length', { css: { width: `${width}%` }, 'aria-hidden': 'true' }), h('span.num', {}, duration(one.durationMs))),
			h('span.num', {}, String(one.spanCount)),
			h('span.ends', {}, outcome(one)));
	}

	focusList() { this.host.focus(); }

	press(event) {
		if (event.key === 'x' && this.rows.at >= 0) {
			const { traceId } = this.shown[this.rows.at];
			if (this.chosen && this.chosen !== traceId) go(this.#to(this.shown[this.rows.at]));
			else { set({ with: this.chosen ? '' : traceId }, { replace: true }); say(this.chosen ? 'chosen to compare' : 'not chosen'); }
			return true;
		}
		return this.rows.press(event);
	}
}

customElements.define('o-traces', Traces);
